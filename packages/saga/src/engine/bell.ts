import type { Clock, Timer } from '@tutti/core';

/**
 * Something that rings often and mostly for nothing, made into a call now and then: at once after a quiet time, otherwise as soon as `quietMs`
 * have passed since the last call. No ring is lost.
 */
export class Bell {
  readonly #clock: Clock;
  readonly #quietMs: number;
  readonly #call: () => void;
  #calledAt = Number.NEGATIVE_INFINITY;
  #later: Timer | undefined;

  constructor(clock: Clock, quietMs: number, call: () => void) {
    this.#clock = clock;
    this.#quietMs = quietMs;
    this.#call = call;
  }

  readonly ring = (): void => {
    if (this.#later) return;
    const waitMs = this.#calledAt + this.#quietMs - this.#clock.now();
    if (waitMs <= 0) this.#answer();
    else {
      this.#later = this.#clock.after(waitMs, () => this.#answer());
      this.#later.unref();
    }
  };

  stop(): void {
    this.#later?.cancel();
  }

  #answer(): void {
    this.#later = undefined;
    this.#calledAt = this.#clock.now();
    this.#call();
  }
}
