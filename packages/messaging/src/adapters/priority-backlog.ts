import { Fifo } from '@tutti/core';

/** 0 high, 1 normal, 2 low. */
export type Level = 0 | 1 | 2;

/** The level of an event's `priority`; whatever else stands there is normal. */
export function levelOf(priority: unknown): Level {
  return priority === 'high' ? 0 : priority === 'low' ? 2 : 1;
}

/** Who comes first in each of ten turns: the highest, but now and then the others, so that nobody waits for ever. */
const turns: readonly (readonly [Level, Level, Level])[] = Array.from({ length: 10 }, (_, turn) =>
  turn === 4 ? [1, 0, 2] : turn === 9 ? [2, 1, 0] : [0, 1, 2],
);

/** Whose turn it is. Of ten turns one is of the lowest that waits and one of the middle. */
export class PriorityTurns {
  #turn = 0;

  next(): readonly Level[] {
    this.#turn = this.#turn === 9 ? 0 : this.#turn + 1;
    return turns[this.#turn] as readonly Level[];
  }
}

/** What waits, by priority; within one priority first in, first out. */
export class PriorityBacklog<T> {
  readonly #levels: readonly [Fifo<T>, Fifo<T>, Fifo<T>] = [new Fifo(), new Fifo(), new Fifo()];
  #size = 0;
  readonly #turns = new PriorityTurns();

  get size(): number {
    return this.#size;
  }

  push(level: Level, item: T): void {
    this.#size++;
    this.#levels[level].push(item);
  }

  shift(): T | undefined {
    if (this.#size === 0) return undefined;
    this.#size--;
    for (const level of this.#turns.next()) {
      const fifo = this.#levels[level];
      if (fifo.size > 0) return fifo.shift();
    }
    return undefined;
  }

  /** Everything that waits, high priorities first. */
  *[Symbol.iterator](): Iterator<T> {
    for (const fifo of this.#levels) yield* fifo;
  }
}
