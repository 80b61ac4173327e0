import type { Clock } from './clock.ts';

/**
 * Knows when the event loop stood still, so that a time measured across such a moment is not taken for the time of whoever was asked:
 * after a stall every answer looks late, and all of them together. Looks only while somebody is `watching`.
 */
export interface StallWatch {
  /** Something that is measured has begun. Every one ends with `unwatch`. */
  watch(): void;
  unwatch(): void;
  /**
   * Milliseconds for which the loop stood still, in all, up to `now`: the difference of two is what it stood still between them. A stall that
   * is just over counts, although no timer has run since.
   */
  total(now: number): number;
  /** Whether the loop stood still for 25 ms or longer at some moment between the two times of the clock, the second of which is now. */
  stalled(since: number, now: number): boolean;
}

const tickMs = 25;

/** By how much a tick is late when the loop is said to have stood still. Shorter pauses, of the garbage collector say, are part of any measurement. */
const stallMs = 25;

class TickingWatch implements StallWatch {
  readonly #clock: Clock;
  #watching = 0;
  #ticking = false;
  #dueAt = Number.POSITIVE_INFINITY;
  #stalledMs = 0;
  #stalledUntil = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  watch(): void {
    this.#watching++;
    if (!this.#ticking) this.#arm(this.#clock.now());
  }

  unwatch(): void {
    this.#watching--;
  }

  total(now: number): number {
    const lateMs = now - this.#dueAt;
    return lateMs >= stallMs ? this.#stalledMs + lateMs : this.#stalledMs;
  }

  /** Answers may be read before the timer that is late gets its turn, so whoever asks compares with it themselves. */
  stalled(since: number, now: number): boolean {
    if (this.#ticking) this.#look(now);
    return this.#stalledUntil > since;
  }

  #look(now: number): void {
    if (now - this.#dueAt >= stallMs) this.#stalledUntil = now;
  }

  #arm(now: number): void {
    this.#ticking = true;
    this.#dueAt = now + tickMs;
    this.#clock.after(tickMs, () => this.#tick()).unref();
  }

  #tick(): void {
    const now = this.#clock.now();
    this.#look(now);
    this.#stalledMs = this.total(now);
    this.#dueAt = Number.POSITIVE_INFINITY;
    if (this.#watching > 0) this.#arm(now);
    else this.#ticking = false;
  }
}

const watches = new WeakMap<Clock, StallWatch>();

/** The watch that belongs to a clock: always the same one, made when first asked for. Its one timer does not keep the process alive. */
export function stallWatch(clock: Clock): StallWatch {
  let watch = watches.get(clock);
  if (!watch) {
    watch = new TickingWatch(clock);
    watches.set(clock, watch);
  }
  return watch;
}
