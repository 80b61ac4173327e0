/**
 * An exponentially weighted moving average of round trip times that follows a rise at once and a fall slowly, as Finagle's
 * PeakEwma does: `cost = rtt` when that is higher, else `cost * w + rtt * (1 - w)` with `w = exp(-elapsed / decay)`. It also falls
 * while nothing is heard, so that an endpoint that was slow once is tried again. All times in milliseconds.
 */
export class PeakEwma {
  #cost = 0;
  #stamp = 0;

  observe(rttMs: number, now: number, decayMs: number): void {
    if (rttMs >= this.#cost) this.#cost = rttMs;
    else {
      const kept = keptAfter(now - this.#stamp, decayMs);
      this.#cost = this.#cost * kept + rttMs * (1 - kept);
    }
    this.#stamp = now;
  }

  read(now: number, decayMs: number): number {
    return this.#cost === 0 ? 0 : this.#cost * keptAfter(now - this.#stamp, decayMs);
  }
}

/** How much of the average a single outcome makes. */
const outcomeShare = 0.1;

/**
 * The share of the last outcomes, about ten of them, that were failures; forgotten with time as well, so that an endpoint
 * that failed is tried again. Counted by outcomes and not by time, because an endpoint that fails fast fails often.
 */
export class FailureShare {
  #share = 0;
  #stamp = 0;

  observe(failed: boolean, now: number, decayMs: number): void {
    if (!failed && this.#share === 0) return;
    this.#share = this.read(now, decayMs) * (1 - outcomeShare) + (failed ? outcomeShare : 0);
    if (this.#share < 1e-4) this.#share = 0;
    this.#stamp = now;
  }

  read(now: number, decayMs: number): number {
    return this.#share === 0 ? 0 : this.#share * keptAfter(now - this.#stamp, decayMs);
  }
}

/**
 * `exp(-elapsed / decay)`, and 1 where time seems to go back. Mostly next to nothing has passed: then the first terms of the series are right to
 * a millionth, at a third of the price.
 */
function keptAfter(elapsedMs: number, decayMs: number): number {
  if (elapsedMs <= 0) return 1;
  const passed = elapsedMs / decayMs;
  return passed < 0.01 ? 1 - passed + (passed * passed) / 2 : Math.exp(-passed);
}
