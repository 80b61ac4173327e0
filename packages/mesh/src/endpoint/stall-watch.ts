import type { Clock, Timer } from '@tutti/core';

/** How often it looks while somebody is waiting for an answer. */
const tickMs = 50;

/** Timers are late by a few milliseconds on a loop that is merely busy. */
const toleratedMs = 25;

/**
 * Adds up how long this process's event loop stood still, so that its own pauses are not held against the endpoints that it was
 * waiting for. Its timer runs only while requests are under way.
 */
export class StallWatch {
  readonly #clock: Clock;
  #stalledMs = 0;
  #dueAt: number = Number.POSITIVE_INFINITY;
  #timer: Timer | undefined = undefined;
  #watched = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds in all. A stall that is just over counts, although its timer has not run yet. */
  total(now: number): number {
    const late = now - this.#dueAt;
    return late > toleratedMs ? this.#stalledMs + late : this.#stalledMs;
  }

  /** Somebody waits for an answer. Returns the total of now, to be subtracted later. */
  enter(now: number): number {
    const before = this.total(now);
    if (this.#watched++ === 0 && this.#timer === undefined) this.#arm(now);
    return before;
  }

  leave(): void {
    this.#watched--;
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#dueAt = Number.POSITIVE_INFINITY;
  }

  #arm(now: number): void {
    this.#dueAt = now + tickMs;
    this.#timer = this.#clock.after(tickMs, () => this.#tick());
    this.#timer.unref();
  }

  #tick(): void {
    const now = this.#clock.now();
    this.#stalledMs = this.total(now);
    this.#timer = undefined;
    this.#dueAt = Number.POSITIVE_INFINITY;
    if (this.#watched > 0) this.#arm(now);
  }
}
