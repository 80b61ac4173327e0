import { type Candidate, type Pick, usable } from './candidate.ts';

/** Draws candidates at random in proportion to their weights and to how far they are led up. */
export class Urn<C extends Candidate> {
  readonly candidates: readonly C[];
  /** Sums of the weights up to and with each candidate; undefined when all are the same. */
  readonly #sums: Float64Array | undefined;

  constructor(candidates: readonly C[]) {
    this.candidates = candidates;
    const [first] = candidates;
    if (candidates.every(({ weight }) => weight === first?.weight)) return;
    let sum = 0;
    this.#sums = Float64Array.from(candidates, ({ weight }) => {
      sum += weight;
      return sum;
    });
  }

  /**
   * One that may be taken, or undefined when `tries` draws met none. One that is led up is put back as often as its share says: that
   * changes all the time, so that no table could hold it.
   */
  draw(pick: Pick, tries: number): C | undefined {
    const { candidates } = this;
    if (candidates.length === 0) return undefined;
    const { now, random } = pick;
    for (let left = tries; left > 0; ) {
      const candidate = candidates[this.#sums === undefined ? Math.floor(random() * candidates.length) : this.#byWeight(random())] as C;
      const share = candidate.share(now);
      if (share < 1 && random() >= share) {
        left -= share; // one that is put back for that is hardly a try
        continue;
      }
      if (usable(candidate, pick)) return candidate;
      left--;
    }
    return undefined;
  }

  #byWeight(drawn: number): number {
    const sums = this.#sums as Float64Array;
    let high = sums.length - 1;
    const target = drawn * (sums[high] as number);
    let low = 0;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((sums[middle] as number) <= target) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
