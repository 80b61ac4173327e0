/**
 * Whether this process has looked at the store lately enough to follow what it found there. A process that stood still, for whatever
 * reason, finds by its own clock that it did not look, before it does anything else. Asked for every request.
 */
export class Freshness {
  readonly #forMs: number;
  #at: number = Number.NEGATIVE_INFINITY;

  constructor(forMs: number) {
    this.#forMs = forMs;
  }

  current(now: number): boolean {
    return now - this.#at <= this.#forMs;
  }

  /** The state of the store at `at`, or a later one, is known. */
  confirmed(at: number): void {
    if (at > this.#at) this.#at = at;
  }
}
