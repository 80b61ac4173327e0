/** Fewer answers say too little. */
const enoughAnswers = 10;

/** What one answer that is quicker takes off the distance to it. */
const forgottenByOne = 0.01;

/** How many times as long as its slowest answer an endpoint is given: what comes later than that is no mere accident. */
const patience = 2;

/**
 * How long an endpoint may take to answer, as its own answers have it: the slowest of about the last hundred. A slower one counts at once, and
 * each quicker one takes a hundredth off. It is forgotten by answers and never by time, because silence is when it is asked for.
 */
export class AnswerTime {
  #slowestMs = 0;
  #answers = 0;

  observe(latencyMs: number): void {
    if (this.#answers < enoughAnswers) this.#answers++;
    if (latencyMs >= this.#slowestMs) this.#slowestMs = latencyMs;
    else this.#slowestMs += (latencyMs - this.#slowestMs) * forgottenByOne;
  }

  /** Whoever has waited for longer has waited long enough: twice the slowest answer of late; `Infinity` while fewer than ten are known. */
  get longEnoughMs(): number {
    return this.#answers < enoughAnswers ? Number.POSITIVE_INFINITY : this.#slowestMs * patience;
  }
}
