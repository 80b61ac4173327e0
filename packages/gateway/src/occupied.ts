import type { Clock } from '@tutti/core';

/** What is under way, with the means to wait for its end. */
export class Occupied<T> {
  readonly #items = new Set<T>();
  readonly #waiting = new Set<() => void>();

  add(item: T): void {
    this.#items.add(item);
  }

  delete(item: T): void {
    this.#items.delete(item);
    if (this.#items.size === 0) for (const go of this.#waiting) go();
  }

  get items(): readonly T[] {
    return [...this.#items];
  }

  /** Resolves when nothing is under way, at the latest after `withinMs`. */
  empty(clock: Clock, withinMs: number): Promise<void> {
    if (this.#items.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const go = (): void => {
        this.#waiting.delete(go);
        timer.cancel();
        resolve();
      };
      const timer = clock.after(withinMs, go);
      this.#waiting.add(go);
    });
  }
}
