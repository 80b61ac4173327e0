import type { Clock } from '@tutti/core';

/** What is under way, with the means to wait for its end. */
export class Occupied<T> {
  readonly #items = new Set<T>();
  #whenEmpty: PromiseWithResolvers<void> | undefined;

  add(item: T): void {
    this.#items.add(item);
  }

  delete(item: T): void {
    this.#items.delete(item);
    if (this.#items.size === 0) this.#whenEmpty?.resolve();
  }

  get items(): readonly T[] {
    return [...this.#items];
  }

  /** Resolves when nothing is under way, at the latest after `withinMs`. */
  async empty(clock: Clock, withinMs: number): Promise<void> {
    if (this.#items.size === 0) return;
    this.#whenEmpty ??= Promise.withResolvers();
    const { promise, resolve } = this.#whenEmpty;
    const timer = clock.after(withinMs, resolve);
    await promise;
    timer.cancel();
    this.#whenEmpty = undefined;
  }
}
