import { hashText, mix } from '../traffic/unit-hash.ts';
import { hasRoom } from './bounded-load.ts';
import { type Balance, type Balancer, type Candidate, type Pick, usable } from './candidate.ts';
import { anyFrom } from './random-choice.ts';
import type { RingHashOptions } from './ring-hash.ts';

/** A prime, as Envoy has it. */
const tableSize = 65_537;

/**
 * Requests of one hash go to one endpoint, by a table in which all have the same number of places for their weight: more even
 * than the ring and one look to pick, but about twice as many requests move when the set changes (Eisenbud et al., "Maglev", 2016).
 * One whose endpoint is full goes on through the table. Requests without a hash go anywhere.
 */
export function maglev({ loadFactor = 1.25 }: RingHashOptions = {}): Balancer {
  return { name: 'maglev', over: (candidates) => new Table(candidates, loadFactor) };
}

class Table<C extends Candidate> implements Balance<C> {
  readonly #candidates: readonly C[];
  readonly #loadFactor: number;
  readonly #places: Int32Array;

  constructor(candidates: readonly C[], loadFactor: number) {
    this.#candidates = candidates;
    this.#loadFactor = loadFactor;
    this.#places = fill(candidates);
  }

  next(pick: Pick): C | undefined {
    if (this.#candidates.length === 0) return undefined;
    if (pick.hash === -1) return anyFrom(this.#candidates, pick);
    let place = pick.hash % tableSize;
    let crowded: C | undefined;
    for (let step = 0; step < tableSize; step++) {
      const candidate = this.#candidates[this.#places[place] as number] as C;
      if (hasRoom(candidate, pick, this.#candidates.length, this.#loadFactor)) return candidate;
      if (crowded === undefined && usable(candidate, pick)) crowded = candidate;
      place = place + 1 === tableSize ? 0 : place + 1;
      if (step === mostSteps) break;
    }
    return crowded ?? anyFrom(this.#candidates, pick);
  }
}

/** After so many places somebody with room would have been met, if there were any. */
const mostSteps = 4_096;

/** Each candidate takes the next free place of its own order in turn, as often in a round as its weight says. */
function fill(candidates: readonly Candidate[]): Int32Array {
  const places = new Int32Array(tableSize).fill(-1);
  const heaviest = candidates.reduce((most, { weight }) => Math.max(most, weight), 0);
  const orders = candidates.map(({ instanceId, weight }) => {
    const own = hashText(instanceId) >>> 0;
    return { at: own % tableSize, step: ((mix(own) >>> 0) % (tableSize - 1)) + 1, turns: weight / heaviest, due: 0 };
  });
  for (let filled = 0; filled < tableSize && orders.length > 0; ) {
    for (let owner = 0; owner < orders.length && filled < tableSize; owner++) {
      const order = orders[owner] as (typeof orders)[number];
      order.due += order.turns;
      if (order.due < 1) continue;
      order.due--;
      while (places[order.at] !== -1) order.at = (order.at + order.step) % tableSize;
      places[order.at] = owner;
      filled++;
    }
  }
  return places;
}
