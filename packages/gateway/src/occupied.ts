import { type Clock, type Place, Roster } from '@tutti/core';

/** What is under way, with the means to wait for its end. */
export class Occupied<T> {
  readonly #items = new Roster<T>();
  readonly #waiting = new Set<() => void>();

  add(item: T): Place<T> {
    return this.#items.enter(item);
  }

  /** @param place What `add` gave. */
  delete(place: Place<T>): void {
    this.#items.leave(place);
    if (this.#items.size === 0) for (const go of this.#waiting) go();
  }

  get items(): readonly T[] {
    return this.#items.items;
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
