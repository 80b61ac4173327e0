import type { Clock, Timer } from '@tutti/core';

/** How many rings of a window are passed on at once. */
const burst = 20;
const windowMs = 500;

/**
 * Passes rings on at once, and when they come too often together at the end of the window: a service that changes a thousand times a second is
 * not read a thousand times a second by everybody.
 */
export class PacedRing {
  readonly #clock: Clock;
  readonly #onRing: () => void;
  #windowEndsAt = Number.NEGATIVE_INFINITY;
  #left = 0;
  #late: Timer | undefined;

  constructor(clock: Clock, onRing: () => void) {
    this.#clock = clock;
    this.#onRing = onRing;
  }

  readonly ring = (): void => {
    if (this.#late) return;
    const now = this.#clock.now();
    if (now >= this.#windowEndsAt) {
      this.#windowEndsAt = now + windowMs;
      this.#left = burst;
    }
    if (this.#left-- > 0) this.#onRing();
    else {
      this.#late = this.#clock.after(this.#windowEndsAt - now, () => {
        this.#late = undefined;
        this.ring();
      });
      this.#late.unref();
    }
  };

  close(): void {
    this.#late?.cancel();
  }
}
