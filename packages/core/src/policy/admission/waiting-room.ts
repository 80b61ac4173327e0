import type { Random } from '../../runtime/random.ts';
import { type AdmissionClass, admissionClasses } from './admission-class.ts';
import { FairLine } from './fair-line.ts';
import type { Waiting } from './waiting.ts';

/** The lines of all classes. A class is its rank here: 0 is what matters most. */
export class WaitingRoom {
  readonly #maxQueue: Readonly<Record<AdmissionClass, number>>;
  readonly #lines: (FairLine | undefined)[] = admissionClasses.map(() => undefined);
  #size = 0;
  #seed: number | undefined = undefined;

  constructor(maxQueue: Readonly<Record<AdmissionClass, number>>) {
    this.#maxQueue = maxQueue;
  }

  get size(): number {
    return this.#size;
  }

  /** Made when somebody waits for the first time, which most rooms never see; the seed is drawn then, because only a call brings the randomness. */
  lineOf(rank: number, random: Random): FairLine {
    let line = this.#lines[rank];
    if (!line) {
      this.#seed ??= Math.floor(random() * 2 ** 32);
      line = new FairLine(this.#maxQueue[admissionClasses[rank] as AdmissionClass], this.#seed);
      this.#lines[rank] = line;
    }
    return line;
  }

  add(waiting: Waiting): void {
    this.#size++;
    this.#lines[waiting.rank]?.add(waiting);
  }

  takeOut(waiting: Waiting): void {
    this.#size--;
    waiting.forget();
    this.#lines[waiting.rank]?.remove(waiting);
  }

  /** Takes out who is next of the highest class in which anybody waits. */
  takeNext(): Waiting | undefined {
    for (const line of this.#lines) {
      const next = line?.takeNext();
      if (!next) continue;
      this.#size--;
      next.forget();
      return next;
    }
    return undefined;
  }

  /** Since when the longest waiting has waited; `Infinity` when nobody does. */
  oldestSince(): number {
    return Math.min(...this.#lines.map((line) => line?.oldestSince() ?? Number.POSITIVE_INFINITY));
  }
}
