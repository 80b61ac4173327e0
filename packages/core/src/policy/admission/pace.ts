/** How much one more measurement weighs. */
const weight = 1 / 8;

/** How fast work gets done inside. Knows what it was told and nothing of time itself. */
export class Pace {
  #meanMs = 0;
  #deviationMs = 0;

  /**
   * What one call takes inside, a mean deviation added; 0 while nothing is known. As for the timeouts of TCP (RFC 6298) a mean alone
   * would be too short half of the time.
   */
  get workMs(): number {
    return this.#meanMs + this.#deviationMs;
  }

  worked(ms: number): void {
    if (this.#meanMs === 0) {
      this.#meanMs = ms;
      return;
    }
    this.#deviationMs += (Math.abs(ms - this.#meanMs) - this.#deviationMs) * 2 * weight;
    this.#meanMs += (ms - this.#meanMs) * weight;
  }
}

/** How fast a line moves. */
export class LinePace {
  #gapMs = 0;
  /** When somebody was let in last; while nobody waits it is unknown, because the time until somebody comes says nothing. */
  #lastAt = Number.NaN;

  /** The first has come to wait. */
  began(now: number): void {
    this.#lastAt = now;
  }

  /** Somebody was let in, and others wait still or not. */
  moved(now: number): void {
    const gapMs = now - this.#lastAt;
    this.#gapMs += (gapMs - this.#gapMs) * (this.#gapMs === 0 ? 1 : weight);
    this.#lastAt = now;
  }

  /**
   * How long somebody waits who finds `ahead` others before them: that many gaps, and not less than the line has stood still for. The first in
   * a line always waits, or a line that was slow once would never be tried again.
   */
  waitMs(ahead: number, now: number): number {
    return ahead === 0 ? 0 : Math.max(ahead * this.#gapMs, now - this.#lastAt);
  }
}
