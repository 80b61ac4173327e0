import type { Call } from '../../call/call.ts';
import { whenOver } from '../../call/when-over.ts';
import { coreError } from '../../errors/core-errors.ts';

/** Who goes first when not all can. */
export type Priority = 'high' | 'normal' | 'low';

/** Highest first. */
export const priorities: readonly Priority[] = ['high', 'normal', 'low'];

/** A call that waits for a place. */
interface Waiting {
  readonly rank: number;
  enter(): void;
  refuse(error: unknown): void;
}

/**
 * A number of places and a bounded line before them. The line is served by priority and then by age. Nobody waits in it beyond
 * their deadline or after they have lost interest, and whoever finds it full pushes out the youngest of the lowest
 * priority below their own, or is refused at once.
 */
export class Places {
  readonly #operation: string;
  #max: number;
  #maxWaiting: number;
  readonly #lines: readonly Set<Waiting>[] = priorities.map(() => new Set());
  #taken = 0;
  #waiting = 0;

  constructor(operation: string, max: number, maxWaiting: number) {
    this.#operation = operation;
    this.#max = max;
    this.#maxWaiting = maxWaiting;
  }

  get taken(): number {
    return this.#taken;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** Other bounds from now on. Nobody who is in or waits is sent away; with more places, those who wait come in. */
  resize(max: number, maxWaiting: number): void {
    this.#max = max;
    this.#maxWaiting = maxWaiting;
    while (this.#waiting > 0 && this.tryEnter()) this.leave();
  }

  /** Takes a place if one is free. */
  tryEnter(): boolean {
    if (this.#taken >= this.#max) return false;
    this.#taken++;
    return true;
  }

  /** Gives the place back, or on to whoever is first in the line. */
  leave(): void {
    if (this.#waiting === 0 || this.#taken > this.#max) {
      this.#taken--;
      return;
    }
    for (const line of this.#lines) {
      for (const first of line) {
        this.#remove(first);
        first.enter();
        return;
      }
    }
    this.#taken--;
  }

  /**
   * Resolves when the place of somebody who left is taken over.
   * @throws OVERLOADED, DEADLINE_EXCEEDED, INVALID_ARGUMENT for an unknown priority, or the reason of a cancellation; no place is held then.
   */
  wait(call: Call, priority: Priority): Promise<void> {
    const rank = priorities.indexOf(priority);
    if (rank === -1)
      return Promise.reject(
        coreError('INVALID_ARGUMENT', { path: `${this.#operation}.priority`, problem: `must be ${priorities.join(', ')}` }),
      );
    if (this.#waiting >= this.#maxWaiting && !this.#pushOutBelow(rank)) return Promise.reject(this.overloaded());
    return new Promise((resolve, reject) => {
      let settled = (): void => {};
      const waiting: Waiting = {
        rank,
        enter: () => {
          settled();
          resolve();
        },
        refuse: (error) => {
          settled();
          reject(error);
        },
      };
      this.#lines[rank]?.add(waiting);
      this.#waiting++;
      settled = whenOver(call, { operation: this.#operation, begun: false }, (reason) => {
        this.#remove(waiting);
        reject(reason);
      });
    });
  }

  overloaded(): unknown {
    return coreError('OVERLOADED', { operation: this.#operation, limit: this.#max });
  }

  #pushOutBelow(rank: number): boolean {
    for (let below = priorities.length - 1; below > rank; below--) {
      const youngest = [...(this.#lines[below] ?? [])].at(-1);
      if (!youngest) continue;
      this.#remove(youngest);
      youngest.refuse(this.overloaded());
      return true;
    }
    return false;
  }

  #remove(waiting: Waiting): void {
    if (this.#lines[waiting.rank]?.delete(waiting)) this.#waiting--;
  }
}
