import { type Call, pause } from '@tutti/core';
import type { StoreTime } from './store-time.ts';

/** Nothing can be done for a saga before that time: it is given back until then. */
export class Parked extends Error {
  readonly until: number;
  constructor(until: number) {
    super('parked');
    this.until = until;
  }
}

interface Sleeper {
  readonly until: number;
  readonly wake: Call;
}

/**
 * Waiting on behalf of one saga. While one branch waits and another works, the saga stays here. When all branches wait for longer than is worth
 * a place in this process, the saga leaves it.
 */
export class Pauses {
  readonly #time: StoreTime;
  readonly #holdMs: number;
  readonly #sleepers = new Set<Sleeper>();
  #branches = 1;

  /** @param holdMs Waits up to this long keep the saga here. */
  constructor(time: StoreTime, holdMs: number) {
    this.#time = time;
    this.#holdMs = holdMs;
  }

  /** So many branches run side by side from now on. */
  fork(branches: number): void {
    this.#branches = branches;
  }

  /** One of the branches has ended. */
  ended(): void {
    this.#branches--;
    this.#look();
  }

  /** They are one again. */
  joined(): void {
    this.#branches = 1;
  }

  /** Whether waiting until then would end the stay at once. */
  wouldPark(until: number): boolean {
    return this.#sleepers.size + 1 >= this.#branches && this.#earliest(until) > this.#holdMs;
  }

  /** @throws Parked; the reason of the call as soon as it is cancelled */
  async wait(until: number, call: Call): Promise<void> {
    if (this.wouldPark(until)) {
      this.#parkAll(until);
      throw new Parked(until);
    }
    if (this.#time.until(until) === 0) return;
    const wake = call.child();
    const sleeper = { until, wake };
    this.#sleepers.add(sleeper);
    try {
      await pause(wake, this.#time.until(until));
    } finally {
      wake.release();
      this.#sleepers.delete(sleeper);
    }
  }

  #earliest(until: number): number {
    let earliest = this.#time.until(until);
    for (const sleeper of this.#sleepers) earliest = Math.min(earliest, this.#time.until(sleeper.until));
    return earliest;
  }

  #look(): void {
    const sleepers = [...this.#sleepers];
    if (sleepers.length === 0 || sleepers.length < this.#branches) return;
    if (sleepers.every(({ until }) => this.#time.until(until) > this.#holdMs)) this.#parkAll();
  }

  #parkAll(until = Number.POSITIVE_INFINITY): void {
    const earliest = Math.min(until, ...Array.from(this.#sleepers, (sleeper) => sleeper.until));
    for (const { wake } of [...this.#sleepers]) wake.cancel(new Parked(earliest));
  }
}
