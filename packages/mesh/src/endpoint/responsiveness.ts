import { AnswerTime } from './answer-time.ts';
import { PeakEwma } from './peak-ewma.ts';

/** A request that has left for the endpoint. */
export interface Sent {
  startedBefore(time: number): boolean;
}

/**
 * How long an endpoint takes to answer, and how long it has kept silent. Every request is `sent` once and stops waiting once
 * (`waitOver`); apart from that, `answeredAfter`, `gaveUpAfter` and `learnt` say what it taught, if anything. All times in milliseconds.
 */
export class Responsiveness {
  readonly rtt: PeakEwma = new PeakEwma();
  readonly #answerTime = new AnswerTime();
  /** Requests that have no answer yet, and since when none of them has had one. */
  #unanswered = 0;
  #silentSince = 0;
  /** Whether anything was ever learnt. */
  #heard = false;
  #learntAt: number = Number.NEGATIVE_INFINITY;

  sent(now: number): void {
    if (this.#unanswered++ === 0) this.#silentSince = now;
  }

  /** One request waits no longer, however that came: the silence of the others begins anew. */
  waitOver(now: number): void {
    this.#unanswered--;
    this.#silentSince = now;
  }

  /** Something was heard of it. */
  learnt(now: number): void {
    this.#heard = true;
    this.#learntAt = now;
  }

  answeredAfter(latencyMs: number, now: number, decayMs: number): void {
    this.learnt(now);
    this.#answerTime.observe(latencyMs);
    this.rtt.observe(latencyMs, now, decayMs);
  }

  /** An answer would have taken at least as long. What fails faster than it answered is no quicker for that. */
  gaveUpAfter(waitedMs: number, now: number, decayMs: number): void {
    this.learnt(now);
    if (waitedMs > this.rtt.read(now, decayMs)) this.rtt.observe(waitedMs, now, decayMs);
  }

  /**
   * The peak average of round trips, never less than the longest wait that is under way. Requests that wait for one of which nothing was
   * ever heard make it as dear as one that only fails: else all would go to the one that is dead from the start.
   */
  cost(now: number, decayMs: number, failureCostMs: number): number {
    const cost = this.rtt.read(now, decayMs);
    if (this.#unanswered === 0) return cost;
    const dearer = Math.max(cost, now - this.#silentSince);
    return !this.#heard && dearer < failureCostMs ? failureCostMs : dearer;
  }

  /**
   * Whether the endpoint hangs, as far as anybody can tell, when the time that a caller had for this request is over and nothing has come. That
   * callers are in a hurry says nothing of it, so three things must be so: it had longer than twice its slowest answer of about
   * the last hundred; it answered nobody else meanwhile; and nothing else was held against it meanwhile, so that requests
   * that are given up together are one failure. Of an endpoint that has not answered ten times nobody can tell.
   */
  keptSilent(sent: Sent, now: number): boolean {
    return sent.startedBefore(now - this.#answerTime.longEnoughMs) && !sent.startedBefore(this.#learntAt);
  }
}
