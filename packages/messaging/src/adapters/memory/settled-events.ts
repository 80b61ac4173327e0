import { type Clock, Fifo } from '@tutti/core';
import type { RetentionLimits } from '../retention.ts';
import type { LoggedEvent } from './logged-event.ts';

/** Looks at the age of what is kept so often before it is too old. */
const looksPerAge = 8;

/**
 * Events that nobody waits for any more, oldest first, kept for a while. Nothing here looks at the clock for an event: a watch notes now and then how many had
 * been settled, and lets go of those that were settled an age before.
 */
export class SettledEvents {
  readonly #limits: RetentionLimits;
  readonly #onDrop: (logged: LoggedEvent) => void;
  readonly #events = new Fifo<LoggedEvent>();
  /** How many were dropped or dismissed so far: the number of the oldest. */
  #gone = 0;
  /** At each look, how many there had been by then. */
  #marks: number[] = [];
  #watched = false;

  constructor(limits: RetentionLimits, onDrop: (logged: LoggedEvent) => void) {
    this.#limits = limits;
    this.#onDrop = onDrop;
  }

  /** @param clock Of somebody who is connected. */
  add(logged: LoggedEvent, clock: Clock): void {
    this.#events.push(logged);
    if (this.#events.size > this.#limits.maxEvents) this.#drop();
    if (!this.#watched) this.#look(clock);
  }

  *[Symbol.iterator](): Iterator<LoggedEvent> {
    yield* this.#events;
  }

  #look(clock: Clock): void {
    this.#marks.push(this.#gone + this.#events.size);
    if (this.#marks.length >= looksPerAge) {
      const tooOld = this.#marks.shift() as number;
      while (this.#gone < tooOld) this.#drop();
    }
    if (this.#events.size === 0) {
      this.#marks = [];
      this.#watched = false;
      return;
    }
    this.#watched = true;
    clock.after(this.#limits.maxAgeMs / looksPerAge, () => this.#look(clock)).unref();
  }

  #drop(): void {
    const oldest = this.#events.shift();
    this.#gone++;
    // one that is wanted again (a later subscription, a replay) comes here again when it is settled again
    if (oldest && oldest.waiting === 0) this.#onDrop(oldest);
  }
}
