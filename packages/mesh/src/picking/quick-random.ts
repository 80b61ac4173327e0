import type { Random } from '@tutti/core';

/**
 * Chance for picks, many a request: xorshift32 (Marsaglia, "Xorshift RNGs", 2003), begun from the runtime's own, which may have to ask
 * the system. Good for sharing out and for nothing that must not be guessed.
 */
export function quickRandom(random: Random): Random {
  let state = Math.floor(random() * 0xffffffff) + 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 4_294_967_296;
  };
}
