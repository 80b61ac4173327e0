import { coreError } from '../errors/core-errors.ts';
import { checkOptions } from '../options/check-options.ts';
import { objectWith, wholeNumber } from '../options/rules.ts';
import type { KeyValue } from '../ports/key-value.ts';
import { defaultRuntime, type Runtime } from '../runtime/runtime.ts';
import { checkBytes, checkName, checkTtl } from './check-entry.ts';

export interface MemoryKeyValueOptions {
  /** Keys and values together, with 100 bytes for each entry itself. @defaultValue 67,108,864 */
  readonly maxBytes?: number;
  readonly runtime?: Runtime;
}

export const memoryKeyValueDefaults = { maxBytes: 67_108_864 } as const;

interface Entry {
  readonly value: Uint8Array;
  readonly expiresAt: number;
}

const entryBytes = 100;
const lookedAtPerWrite = 4;

/**
 * A map in the memory of this process, gone with it. Entries that have expired are removed as others are written, a few at a time;
 * when it is full of ones that have not, a write is refused with STORE_UNAVAILABLE and nothing is thrown away.
 */
export function memoryKeyValue(options: MemoryKeyValueOptions = {}): KeyValue {
  const { maxBytes, runtime } = checkOptions(
    'memoryKeyValue',
    options,
    { optional: { maxBytes: wholeNumber({ min: 1 }), runtime: objectWith('a Runtime', 'clock') } },
    memoryKeyValueDefaults,
  );
  return new EntryMap(maxBytes, (runtime ?? defaultRuntime).clock);
}

class EntryMap implements KeyValue {
  readonly #maxBytes: number;
  readonly #clock: Runtime['clock'];
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;
  /** Where the search for expired entries goes on. */
  #cursor: Iterator<[string, Entry]> | undefined;

  constructor(maxBytes: number, clock: Runtime['clock']) {
    this.#maxBytes = maxBytes;
    this.#clock = clock;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    checkName('key', key);
    return this.#live(key)?.value.slice();
  }

  async set(key: string, value: Uint8Array, ttlMs: number): Promise<void> {
    this.#check(key, value, ttlMs);
    this.#write(key, value, ttlMs);
  }

  async setIfAbsent(key: string, value: Uint8Array, ttlMs: number): Promise<boolean> {
    this.#check(key, value, ttlMs);
    if (this.#live(key)) return false;
    this.#write(key, value, ttlMs);
    return true;
  }

  async delete(key: string): Promise<void> {
    checkName('key', key);
    this.#remove(key);
  }

  #check(key: string, value: Uint8Array, ttlMs: number): void {
    checkName('key', key);
    checkBytes(value);
    checkTtl(ttlMs);
  }

  #live(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    if (!entry || entry.expiresAt > this.#clock.now()) return entry;
    this.#remove(key);
    return undefined;
  }

  #write(key: string, value: Uint8Array, ttlMs: number): void {
    const bytes = bytesOf(key, value) - this.#bytesAt(key);
    this.#sweep(lookedAtPerWrite);
    if (this.#bytes + bytes > this.#maxBytes) this.#sweep(this.#entries.size);
    if (this.#bytes + bytes > this.#maxBytes) {
      throw coreError('STORE_UNAVAILABLE', { store: 'memory', problem: `it is full: ${this.#maxBytes} bytes`, sent: false });
    }
    this.#remove(key);
    this.#entries.set(key, { value: value.slice(), expiresAt: this.#clock.now() + ttlMs });
    this.#bytes += bytesOf(key, value);
  }

  #sweep(count: number): void {
    const now = this.#clock.now();
    for (let looked = 0; looked < count; looked++) {
      this.#cursor ??= this.#entries.entries();
      const next = this.#cursor.next();
      if (next.done) {
        this.#cursor = undefined;
        return;
      }
      const [key, { expiresAt }] = next.value;
      if (expiresAt <= now) this.#remove(key);
    }
  }

  #bytesAt(key: string): number {
    const entry = this.#entries.get(key);
    return entry ? bytesOf(key, entry.value) : 0;
  }

  #remove(key: string): void {
    this.#bytes -= this.#bytesAt(key);
    this.#entries.delete(key);
  }
}

/** A character of a key may need two bytes. */
const bytesOf = (key: string, value: Uint8Array): number => key.length * 2 + value.byteLength + entryBytes;
