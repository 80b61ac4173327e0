/** Has work that concerns the same keys done one after the other, in the order in which it was asked for. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs when all that came before it on any of the keys has ended, well or not. */
  async take<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
    const before = Promise.allSettled(keys.map((key) => this.#last.get(key)));
    const turn = before.then(work);
    for (const key of keys) this.#last.set(key, turn);
    try {
      return await turn;
    } finally {
      for (const key of keys) if (this.#last.get(key) === turn) this.#last.delete(key);
    }
  }

  /** Resolves when everything that was begun has ended. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#last.values());
  }
}
