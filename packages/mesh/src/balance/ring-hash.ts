import { hashText, mix } from '../traffic/unit-hash.ts';
import { hasRoom } from './bounded-load.ts';
import { type Balance, type Balancer, type Candidate, type Pick, usable } from './candidate.ts';
import { anyFrom } from './random-choice.ts';

export interface RingHashOptions {
  /** No endpoint gets more than so many times the mean of the requests under way; `Infinity` for no bound. @defaultValue 1.25 */
  readonly loadFactor?: number;
}

/** Points on the ring for each endpoint of mean weight, as long as the ring holds them. */
const pointsEach = 160;
const fewestPoints = 1_024;
const mostPoints = 65_536;

/**
 * Requests of one hash go to one endpoint, and when the set changes few of them move (Karger et al., 1997, with the points of
 * ketama). One whose endpoint is full goes to the next on the ring. Requests without a hash go anywhere.
 */
export function ringHash({ loadFactor = 1.25 }: RingHashOptions = {}): Balancer {
  return { name: 'ring-hash', over: (candidates) => new Ring(candidates, loadFactor) };
}

class Ring<C extends Candidate> implements Balance<C> {
  readonly #candidates: readonly C[];
  readonly #loadFactor: number;
  /** Ascending; the owner of point i is candidate `owners[i]`. */
  readonly #points: Uint32Array;
  readonly #owners: Uint16Array | Uint32Array;

  constructor(candidates: readonly C[], loadFactor: number) {
    this.#candidates = candidates;
    this.#loadFactor = loadFactor;
    const wanted = Math.min(mostPoints, Math.max(fewestPoints, candidates.length * pointsEach));
    const weights = candidates.reduce((sum, { weight }) => sum + weight, 0);
    // a point and its owner in one number, so that the sort is of plain numbers
    const packed: number[] = [];
    candidates.forEach(({ instanceId, weight }, owner) => {
      const own = hashText(instanceId) >>> 0;
      for (let point = Math.max(1, Math.round((wanted * weight) / weights)); point > 0; point--) {
        packed.push((mix(own ^ mix(point)) >>> 0) * ownersLimit + owner);
      }
    });
    const sorted = Float64Array.from(packed).sort();
    this.#points = new Uint32Array(sorted.length);
    this.#owners = new Uint32Array(sorted.length);
    sorted.forEach((value, index) => {
      this.#points[index] = Math.floor(value / ownersLimit);
      this.#owners[index] = value % ownersLimit;
    });
  }

  next(pick: Pick): C | undefined {
    if (this.#candidates.length === 0) return undefined;
    if (pick.hash === -1) return anyFrom(this.#candidates, pick);
    const start = this.#pointAfter(pick.hash);
    const { length } = this.#points;
    let crowded: C | undefined;
    for (let step = 0; step < length; step++) {
      const candidate = this.#candidates[this.#owners[(start + step) % length] as number] as C;
      if (hasRoom(candidate, pick, this.#candidates.length, this.#loadFactor)) return candidate;
      if (crowded === undefined && usable(candidate, pick)) crowded = candidate;
    }
    return crowded; // others are excluded or shut: better a crowded one than none
  }

  #pointAfter(hash: number): number {
    let low = 0;
    let high = this.#points.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#points[middle] as number) < hash) low = middle + 1;
      else high = middle;
    }
    return low === this.#points.length ? 0 : low;
  }
}

/** 32 bits of hash and 21 of owner fill a double exactly. */
const ownersLimit = 2 ** 21;
