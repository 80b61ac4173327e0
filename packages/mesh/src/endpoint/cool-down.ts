import type { Backoff } from '@tutti/core';

/**
 * For how long an endpoint is avoided because no connection to it could be made. Connections that fail together are one failure: only a
 * try after the last pause makes the next one longer. A connection ends the pause and begins the count anew.
 */
export class CoolDown {
  until: number = Number.NEGATIVE_INFINITY;
  #failures = 0;

  isOn(now: number): boolean {
    return now < this.until;
  }

  /** Whether a pause begins; none does while one lasts. */
  connectFailed(now: number, pauses: Backoff): boolean {
    if (this.isOn(now)) return false;
    this.#failures++;
    this.until = now + pauses.ceilingMs(this.#failures);
    return true;
  }

  /** Whether there had been a pause since the last connection. */
  connected(): boolean {
    this.#failures = 0;
    if (this.until === Number.NEGATIVE_INFINITY) return false;
    this.until = Number.NEGATIVE_INFINITY;
    return true;
  }
}
