import type { Outcome, Place } from './dns-question.ts';

/** What is known from one question: what it was last answered, and since when it has not been. */
export class DnsMemory {
  readonly #graceMs: number;
  /** Undefined while it never was answered. */
  #places: readonly Place[] | undefined;
  #unansweredSince: number | undefined;
  #outcome: Exclude<Outcome, { kind: 'answered' }> | undefined;

  constructor(graceMs: number) {
    this.#graceMs = graceMs;
  }

  get places(): readonly Place[] | undefined {
    return this.#places;
  }

  /** Why it was not answered the last time, while that is not yet believed. */
  get problem(): string | undefined {
    return this.#outcome?.problem;
  }

  get cause(): unknown {
    return this.#outcome?.cause;
  }

  /** Nobody could say anything for longer than what is known is trusted without a word. */
  isLost(now: number): boolean {
    return this.#outcome?.kind === 'failed' && (this.#places === undefined || this.#isOld(now));
  }

  learn(outcome: Outcome, now: number): void {
    if (outcome.kind === 'answered') {
      this.#know(outcome.places);
      return;
    }
    this.#unansweredSince ??= now;
    this.#outcome = outcome;
    // a name that never had anybody, or has been gone for so long, has nobody
    if (outcome.kind === 'no-such-name' && (!this.#places?.length || this.#isOld(now))) this.#know([]);
  }

  #know(places: readonly Place[]): void {
    this.#places = places;
    this.#unansweredSince = undefined;
    this.#outcome = undefined;
  }

  #isOld(now: number): boolean {
    return this.#unansweredSince !== undefined && now - this.#unansweredSince >= this.#graceMs;
  }
}
