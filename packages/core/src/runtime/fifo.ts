/** First in, first out, each in constant time on average: a ring that doubles when it is full, and never moves what lies in it otherwise. */
export class Fifo<T> {
  #ring: (T | undefined)[] = new Array(smallest).fill(undefined);
  #first = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(item: T): void {
    if (this.#size === this.#ring.length) this.#resize(this.#size * 2);
    this.#ring[(this.#first + this.#size) & (this.#ring.length - 1)] = item;
    this.#size++;
  }

  peek(): T | undefined {
    return this.#ring[this.#first];
  }

  shift(): T | undefined {
    if (this.#size === 0) return undefined;
    const item = this.#ring[this.#first];
    this.#ring[this.#first] = undefined; // lets the item go
    this.#first = (this.#first + 1) & (this.#ring.length - 1);
    this.#size--;
    // a burst must not hold its memory for ever
    if (this.#ring.length > large && this.#size * 8 < this.#ring.length) this.#resize(this.#ring.length / 2);
    return item;
  }

  /** What is in it, oldest first. */
  *[Symbol.iterator](): Iterator<T> {
    for (let index = 0; index < this.#size; index++) yield this.#ring[(this.#first + index) & (this.#ring.length - 1)] as T;
  }

  #resize(length: number): void {
    const ring = new Array<T | undefined>(length).fill(undefined);
    for (let index = 0; index < this.#size; index++) ring[index] = this.#ring[(this.#first + index) & (this.#ring.length - 1)];
    this.#ring = ring;
    this.#first = 0;
  }
}

/** Powers of two. */
const smallest = 16;
const large = 4_096;
