/**
 * Whether something was done lately enough. A process that stood still, for whatever reason, finds by its own clock that it did not do
 * it, before it does anything else. Asked for every request.
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

  /** It was done at `at`, or later. */
  confirmed(at: number): void {
    if (at > this.#at) this.#at = at;
  }

  /** Not current until it is confirmed again. */
  end(): void {
    this.#at = Number.NEGATIVE_INFINITY;
  }
}
