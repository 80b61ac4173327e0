import type { Clock } from '@tutti/core';

/**
 * The clock of the store as far as this process knows it: what the store said last, and the time that has passed here since. It is never ahead of
 * the store's, so that nothing is done early.
 */
export class StoreTime {
  readonly #clock: Clock;
  #said: number;
  #at: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#said = clock.epoch();
    this.#at = clock.now();
  }

  /** Whole milliseconds since the epoch. */
  now(): number {
    return Math.floor(this.#said + (this.#clock.now() - this.#at)); // in this order: rounding must not make it earlier than what was said
  }

  /** The store said so, in an answer that has just come. */
  heard(now: number): void {
    this.#said = now;
    this.#at = this.#clock.now();
  }

  /** Milliseconds until then, 0 when it has passed. */
  until(then: number): number {
    return Math.max(0, then - this.now());
  }
}
