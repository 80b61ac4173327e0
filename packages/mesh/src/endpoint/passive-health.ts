import { Ejections } from './ejections.ts';
import { FailureShare } from './peak-ewma.ts';

/** How well an endpoint is by the outcomes of the requests it had, without its being asked. The outlier detection decides what follows. */
export class PassiveHealth {
  readonly ejections: Ejections = new Ejections();
  readonly failures: FailureShare = new FailureShare();
  /** Outcomes since the last sweep of the outlier detection. */
  readonly sweep: { answers: number; failures: number } = { answers: 0, failures: 0 };
  #consecutiveFailures = 0;

  get consecutiveFailures(): number {
    return this.#consecutiveFailures;
  }

  observe(failed: boolean, now: number, decayMs: number): void {
    this.failures.observe(failed, now, decayMs);
    this.sweep.answers++;
    if (failed) {
      this.sweep.failures++;
      this.#consecutiveFailures++;
    } else this.#consecutiveFailures = 0;
  }

  /** Milliseconds of the ejection that begins now. The failures in a row that may have led to it are paid for. */
  eject(now: number, baseMs: number, maxMs: number): number {
    this.#consecutiveFailures = 0;
    return this.ejections.eject(now, baseMs, maxMs);
  }

  /** Nothing keeps it out any more; how often it failed of late stays known. */
  readmit(): void {
    this.#consecutiveFailures = 0;
    this.ejections.forgive();
  }
}
