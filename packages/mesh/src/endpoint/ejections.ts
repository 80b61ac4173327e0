/** How often an endpoint was ejected of late, and until when it is. Envoy's rule: each time in a row lasts longer. */
export class Ejections {
  until: number = Number.NEGATIVE_INFINITY;
  /** Ejections that were not made good by a healthy sweep. */
  count = 0;

  /** Milliseconds of the ejection that begins now. One that cannot last longer is not counted, or it would take as long to make good. */
  eject(now: number, baseMs: number, maxMs: number): number {
    if (this.count === 0 || baseMs * this.count < maxMs) this.count++;
    const durationMs = Math.min(maxMs, baseMs * this.count);
    this.until = now + durationMs;
    return durationMs;
  }

  /** Ends the ejection early: somebody asked, and it was well. */
  forgive(): void {
    this.until = Number.NEGATIVE_INFINITY;
  }

  /** It took requests from one sweep to the next, and its answers did not stand out. */
  healthySweep(): void {
    if (this.count > 0) this.count--;
  }
}
