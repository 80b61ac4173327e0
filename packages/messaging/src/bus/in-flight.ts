import { messagingError } from '../errors.ts';

/** How many publishes are on their way, and what happens to those that are too many. */
export class InFlight {
  readonly #name: string;
  readonly #max: number;
  readonly #whenFull: 'reject' | 'wait';
  #count = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(name: string, max: number, whenFull: 'reject' | 'wait') {
    this.#name = name;
    this.#max = max;
    this.#whenFull = whenFull;
  }

  get count(): number {
    return this.#count;
  }

  /**
   * True when there was room; it must be left again. False when there is none yet: then `room` says when there is.
   * @throws MESSAGING_BACKPRESSURE
   */
  enter(): boolean {
    if (this.#count < this.#max) {
      this.#count++;
      return true;
    }
    if (this.#whenFull === 'wait') return false;
    throw messagingError('MESSAGING_BACKPRESSURE', { bus: this.#name, problem: `${this.#max} are on their way and not acknowledged` });
  }

  /** Resolves with a place taken, in the order in which it was asked for. */
  room(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Gives up so many places: to those who wait for one, first. */
  leave(places: number): void {
    const given = this.#waiting.splice(0, places);
    this.#count -= places - given.length;
    for (const take of given) take();
  }
}
