/** How often an endpoint was ejected of late, and until when it is. Envoy's rule: each time in a row lasts longer. */
export class Ejections {
  until: number = Number.NEGATIVE_INFINITY;
  /** Ejections that were not made good by a healthy sweep. */
  count = 0;

  /** Milliseconds of the ejection that begins now. */
  eject(now: number, baseMs: number, maxMs: number): number {
    this.count++;
    const durationMs = Math.min(maxMs, baseMs * this.count);
    this.until = now + durationMs;
    return durationMs;
  }

  /** Ends the ejection early: somebody asked, and it was well. */
  forgive(): void {
    this.until = Number.NEGATIVE_INFINITY;
  }

  /** A sweep went by in which it was not ejected. */
  healthySweep(): void {
    if (this.count > 0) this.count--;
  }
}
