/** One after the other within a key; keys beside each other. */
export class Lanes {
  readonly #ends = new Map<string, Promise<void>>();

  /** Begins when everything that was put before into the same lane has ended. `work` never rejects. */
  async run(key: string, work: () => Promise<void>): Promise<void> {
    const before = this.#ends.get(key);
    const running = before ? before.then(work) : work();
    this.#ends.set(key, running);
    await running;
    if (this.#ends.get(key) === running) this.#ends.delete(key);
  }
}
