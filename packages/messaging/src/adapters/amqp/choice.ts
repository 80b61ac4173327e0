import { PriorityTurns } from '../priority-backlog.ts';
import type { Arrived, Source } from './source.ts';

/** Which of what is here is handed out next: by priority, and within one by turns of its partitions. */
export class Choice {
  /** As many of each priority, the highest first. */
  readonly #sources: readonly Source[];
  readonly #perLevel: number;
  readonly #turns = new PriorityTurns();
  #rotation = 0;

  constructor(sources: readonly Source[]) {
    this.#sources = sources;
    this.#perLevel = sources.length / 3;
  }

  next(now: number): Arrived | undefined {
    if (!this.#sources.some(({ size }) => size > 0)) return undefined;
    this.#rotation = (this.#rotation + 1) % this.#perLevel;
    for (const level of this.#turns.next()) {
      const sources = this.#sources.slice(level * this.#perLevel, (level + 1) * this.#perLevel);
      for (let index = 0; index < sources.length; index++) {
        const arrived = sources[(index + this.#rotation) % sources.length]?.shift(now);
        if (arrived) return arrived;
      }
      // what is urgent and on its way goes before what is here
      if (sources.some(({ size, expectedUntil }) => size === 0 && expectedUntil > now)) return undefined;
    }
    return undefined;
  }

  /** When what is on its way is not waited for any longer. */
  expectedUntil(now: number): number {
    let until = Number.POSITIVE_INFINITY;
    for (const { expectedUntil } of this.#sources) if (expectedUntil > now) until = Math.min(until, expectedUntil);
    return until;
  }
}
