/** One who is in. */
export interface Place<T> {
  readonly item: T;
}

/**
 * Who is in, in no order: for what comes and goes with every call. A Set would do the same, but leaves a table behind whenever the one it has
 * is full, each of which knows the next; once one of them has become old, young collections keep them all, with everything that was in them.
 */
export class Roster<T> {
  readonly #places: (Entry<T> | undefined)[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  enter(item: T): Place<T> {
    const entry = new Entry(item, this.#size);
    this.#places[this.#size++] = entry;
    return entry;
  }

  /** Whoever has left before is left alone. @param place What `enter` of this roster gave. */
  leave(place: Place<T>): void {
    const entry = place as Entry<T>;
    const { index } = entry;
    if (index === gone) return;
    entry.index = gone;
    const last = this.#places[--this.#size] as Entry<T>;
    this.#places[this.#size] = undefined;
    if (last === entry) return;
    last.index = index;
    this.#places[index] = last;
  }

  /** Those that are taken at this moment. */
  get places(): Place<T>[] {
    return this.#places.slice(0, this.#size) as Entry<T>[];
  }

  /** Those who are in at this moment. */
  get items(): T[] {
    return this.places.map(({ item }) => item);
  }
}

const gone = -1;

class Entry<T> implements Place<T> {
  readonly item: T;
  index: number;

  constructor(item: T, index: number) {
    this.item = item;
    this.index = index;
  }
}
