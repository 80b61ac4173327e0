/** Sends items in batches: one result for each, in order. */
export type SendBatch<I, O> = (items: readonly I[]) => Promise<readonly O[]>;

interface Waiting<I, O> {
  readonly item: I;
  readonly resolve: (result: O) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Gathers what is added during one turn of the microtask queue into one batch. A lone item goes out at the end of the
 * turn it came in, so it waits for nothing but promises that were already settled.
 */
export class TurnBatch<I, O> {
  readonly #send: SendBatch<I, O>;
  #gathered: Waiting<I, O>[] = [];
  readonly #sending = new Set<Promise<void>>();

  constructor(send: SendBatch<I, O>) {
    this.#send = send;
  }

  add(item: I): Promise<O> {
    return new Promise((resolve, reject) => {
      if (this.#gathered.push({ item, resolve, reject }) === 1) queueMicrotask(() => this.#flush());
    });
  }

  /** Resolves when everything added so far has its result. */
  async settled(): Promise<void> {
    if (this.#gathered.length > 0) this.#flush();
    await Promise.all(this.#sending);
  }

  #flush(): void {
    const batch = this.#gathered;
    if (batch.length === 0) return;
    this.#gathered = [];
    const sending = this.#deliver(batch).finally(() => this.#sending.delete(sending));
    this.#sending.add(sending);
  }

  async #deliver(batch: readonly Waiting<I, O>[]): Promise<void> {
    try {
      const results = await this.#send(batch.map((waiting) => waiting.item));
      for (const [index, waiting] of batch.entries()) waiting.resolve(results[index] as O);
    } catch (error) {
      for (const waiting of batch) waiting.reject(error);
    }
  }
}
