import { fnv1a } from '../../runtime/fnv1a.ts';

/** A step of SplitMix32: neighbouring states give unrelated numbers. */
function mixed(state: number): number {
  let word = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
  word = Math.imul(word ^ (word >>> 15), 0x735a2d97);
  return (word ^ (word >>> 15)) >>> 0;
}

/**
 * Deals the hand of a key: as many different cards as `hand` is long, of a deck of `cards`, always the same ones for the same seed
 * (shuffle sharding, as in the API priority and fairness of Kubernetes). Of 64 cards, two keys get the same eight once in four thousand million.
 */
export function dealHand(key: string, seed: number, cards: number, hand: Uint8Array): void {
  let state = mixed(fnv1a(key, 0x811c9dc5 ^ seed)); // over a secret beginning: whoever does not know the seed cannot choose names that meet another's
  for (let dealt = 0; dealt < hand.length; ) {
    state = (state + 0x9e3779b9) | 0;
    const card = mixed(state) % cards;
    if (dealt === 0 || hand.lastIndexOf(card, dealt - 1) === -1) hand[dealt++] = card;
  }
}
