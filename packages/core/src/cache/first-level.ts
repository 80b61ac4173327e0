import { LRUCache } from 'lru-cache';
import type { Entry } from './entry.ts';
import { weightOf } from './weight.ts';

/**
 * The entries of this process, the least recently used dropped first. The sum of their weights never passes `maxBytes`;
 * an entry that is heavier alone is not kept.
 */
export class FirstLevel {
  readonly #entries: LRUCache<string, Entry>;

  constructor(maxBytes: number) {
    this.#entries = new LRUCache<string, Entry>({
      maxSize: maxBytes,
      sizeCalculation: ({ held }, key) => weightOf(key, 'bytes' in held ? held.bytes : held.value),
    });
  }

  get(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  put(key: string, entry: Entry): void {
    this.#entries.set(key, entry);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }

  get bytes(): number {
    return this.#entries.calculatedSize;
  }

  get size(): number {
    return this.#entries.size;
  }
}
