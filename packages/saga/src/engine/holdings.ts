import type { Clock, Timer } from '@tutti/core';
import { sagaError } from '../errors.ts';
import type { Held } from './held.ts';

/**
 * The sagas that this worker holds, and the guard that cancels the work on one before its lease can run out: by then
 * another worker may begin. It is kept on the monotonic clock of this process and needs no answer of the store.
 */
export class Holdings {
  readonly #clock: Clock;
  readonly #held = new Map<string, Held>();
  #timer: Timer | undefined;
  #guardedUntil = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#held.size;
  }

  get(id: string): Held | undefined {
    return this.#held.get(id);
  }

  [Symbol.iterator](): IterableIterator<Held> {
    return this.#held.values();
  }

  add(held: Held): void {
    const before = this.#held.get(held.id);
    // it was lost unnoticed and came back under a new fence; one that is still to be made is told so by the store
    if (before && !before.subject.journal.isNew)
      before.call.cancel(sagaError('SAGA_RELEASED', { id: held.id, reason: 'its lease ran out' }));
    this.#held.set(held.id, held);
    if (held.safeUntil < this.#guardedUntil) this.#arm(held.safeUntil);
  }

  /** False when it had been given up before, and another has its place. */
  remove(held: Held): boolean {
    const here = this.#held.get(held.id) === held;
    if (here) this.#held.delete(held.id);
    return here;
  }

  close(): void {
    this.#timer?.cancel();
    this.#guardedUntil = Number.NEGATIVE_INFINITY;
  }

  #arm(at: number): void {
    this.#timer?.cancel();
    this.#guardedUntil = at;
    this.#timer = this.#clock.after(Math.max(0, at - this.#clock.now()), () => this.#guard());
    this.#timer.unref();
  }

  #guard(): void {
    this.#guardedUntil = Number.POSITIVE_INFINITY;
    const now = this.#clock.now();
    let next = Number.POSITIVE_INFINITY;
    for (const held of this.#held.values()) {
      if (held.safeUntil > now) next = Math.min(next, held.safeUntil);
      else held.call.cancel(sagaError('SAGA_RELEASED', { id: held.id, reason: 'its lease could not be renewed in time' }));
    }
    if (next !== Number.POSITIVE_INFINITY) this.#arm(next);
  }
}
