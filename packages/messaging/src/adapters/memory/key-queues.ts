import { Fifo } from '@tutti/core';
import type { Entry } from './entry.ts';

/** Of each key one entry is on its way, and the others wait behind it. */
export class KeyQueues {
  readonly #behind = new Map<string, Fifo<Entry>>();
  #size = 0;

  /** How many wait behind another of their key. */
  get size(): number {
    return this.#size;
  }

  /** True when the entry may go; else it waits behind the one of its key that is on its way. */
  mayGo(entry: Entry): boolean {
    const { key } = entry;
    if (key === undefined) return true;
    const queue = this.#behind.get(key);
    if (!queue) {
      this.#behind.set(key, new Fifo());
      return true;
    }
    queue.push(entry);
    this.#size++;
    return false;
  }

  /** The next one of its key, which may go now. */
  after(settled: Entry): Entry | undefined {
    const { key } = settled;
    if (key === undefined) return undefined;
    const next = this.#behind.get(key)?.shift();
    if (next) this.#size--;
    else this.#behind.delete(key);
    return next;
  }

  /** Everything that waits behind another. */
  *[Symbol.iterator](): Iterator<Entry> {
    for (const queue of this.#behind.values()) yield* queue;
  }

  clear(): void {
    this.#behind.clear();
    this.#size = 0;
  }
}
