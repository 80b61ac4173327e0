/** Sends items in batches: one result for each, in order. */
export type SendBatch<I, O> = (items: readonly I[]) => Promise<readonly O[]>;

export interface TurnBatchOptions {
  /** Batches on their way at once; what comes meanwhile is gathered into the next. @defaultValue 4 */
  readonly maxSending?: number;
  /** @defaultValue 1,000 */
  readonly maxItems?: number;
}

interface Waiting<I, O> {
  readonly item: I;
  readonly resolve: (result: O) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Gathers what is added during one turn of the microtask queue into one batch, and what is added while enough batches are on their way into the
 * next: a lone item waits for nothing but promises that were already settled, and under load batches grow by themselves.
 */
export class TurnBatch<I, O> {
  readonly #send: SendBatch<I, O>;
  readonly #maxSending: number;
  readonly #maxItems: number;
  #gathered: Waiting<I, O>[] = [];
  #due = false;
  readonly #sending = new Set<Promise<void>>();
  readonly #flushNow = (): void => {
    this.#due = false;
    this.#flush();
  };

  constructor(send: SendBatch<I, O>, { maxSending = 4, maxItems = 1_000 }: TurnBatchOptions = {}) {
    this.#send = send;
    this.#maxSending = maxSending;
    this.#maxItems = maxItems;
  }

  add(item: I): Promise<O> {
    return new Promise((resolve, reject) => {
      this.#gathered.push({ item, resolve, reject });
      if (this.#due) return;
      this.#due = true;
      queueMicrotask(this.#flushNow);
    });
  }

  /** Resolves when everything added so far has its result. */
  async settled(): Promise<void> {
    while (this.#gathered.length > 0 || this.#sending.size > 0) {
      this.#flush();
      await Promise.race(this.#sending);
    }
  }

  #flush(): void {
    while (this.#gathered.length > 0 && this.#sending.size < this.#maxSending) {
      const batch = this.#gathered.length <= this.#maxItems ? this.#gathered : this.#gathered.slice(0, this.#maxItems);
      this.#gathered = batch === this.#gathered ? [] : this.#gathered.slice(this.#maxItems);
      const sending = this.#deliver(batch).finally(() => {
        this.#sending.delete(sending);
        this.#flush();
      });
      this.#sending.add(sending);
    }
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
