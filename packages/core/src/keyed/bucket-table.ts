import { ownText } from './own-text.ts';

/** Room for so many from the beginning, among which nobody looks for what can go; then twice as many each time that it is full. */
const firstCapacity = 1_024;
/** Looked at for each new key: twice what comes, so that what is full again goes at least as fast. */
const lookAtPerKey = 2;
const lookAtWhenFull = 16;

/**
 * The buckets of one limiter: three numbers a key in typed arrays, no object. A bucket that is full again is as good as none;
 * a hand that goes round a few keys further with each new one removes it, so that the table holds about as many keys as there are
 * buckets that miss something. There is no timer.
 */
export class BucketTable {
  /** Tokens missing at `since`, by slot. */
  missing: Float64Array<ArrayBuffer>;
  since: Float64Array<ArrayBuffer>;
  fullAt: Float64Array<ArrayBuffer>;
  readonly #slots = new Map<string, number>();
  readonly #free: number[] = [];
  readonly #maxKeys: number;
  #used = 0;
  #hand: Iterator<string, undefined> = this.#slots.keys();

  constructor(maxKeys: number) {
    this.#maxKeys = maxKeys;
    const capacity = Math.min(firstCapacity, maxKeys);
    this.missing = new Float64Array(capacity);
    this.since = new Float64Array(capacity);
    this.fullAt = new Float64Array(capacity);
  }

  get size(): number {
    return this.#slots.size;
  }

  slotOf(key: string): number | undefined {
    return this.#slots.get(key);
  }

  /** A slot for a key that has none; undefined when all are taken by buckets that are not full. */
  add(key: string, now: number): number | undefined {
    if (this.#slots.size >= firstCapacity) this.#sweep(now, lookAtPerKey);
    if (this.#free.length === 0 && this.#used === this.#maxKeys) this.#sweep(now, lookAtWhenFull);
    const slot = this.#free.pop() ?? this.#nextSlot();
    if (slot !== undefined) this.#slots.set(ownText(key), slot);
    return slot;
  }

  /** When the first of the next few buckets will be full again, and its key. */
  soonestFull(): { readonly key: string; readonly fullAt: number } {
    let found = { key: '', fullAt: Number.POSITIVE_INFINITY };
    for (let looked = 0; looked < lookAtWhenFull; looked++) {
      const key = this.#next();
      const fullAt = this.fullAt[this.#slots.get(key) as number] as number;
      if (fullAt < found.fullAt) found = { key, fullAt };
    }
    return found;
  }

  remove(key: string): void {
    const slot = this.#slots.get(key);
    if (slot === undefined) return;
    this.#slots.delete(key);
    this.#free.push(slot);
  }

  #sweep(now: number, count: number): void {
    for (let looked = 0; looked < count && this.#slots.size > 0; looked++) {
      const key = this.#next();
      if ((this.fullAt[this.#slots.get(key) as number] as number) <= now) this.remove(key);
    }
  }

  /** The key that the hand comes to. The table must not be empty. */
  #next(): string {
    const next = this.#hand.next();
    if (!next.done) return next.value;
    this.#hand = this.#slots.keys();
    return this.#hand.next().value as string;
  }

  #nextSlot(): number | undefined {
    if (this.#used === this.#maxKeys) return undefined;
    if (this.#used === this.missing.length) this.#grow();
    return this.#used++;
  }

  #grow(): void {
    const capacity = Math.min(this.#maxKeys, this.missing.length * 2);
    this.missing = longer(this.missing, capacity);
    this.since = longer(this.since, capacity);
    this.fullAt = longer(this.fullAt, capacity);
  }
}

function longer(numbers: Float64Array<ArrayBuffer>, capacity: number): Float64Array<ArrayBuffer> {
  const copy = new Float64Array(capacity);
  copy.set(numbers);
  return copy;
}
