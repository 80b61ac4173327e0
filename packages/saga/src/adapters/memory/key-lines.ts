import type { KeptSaga } from './kept-saga.ts';

interface Line {
  holder: KeptSaga | undefined;
  /** In the order of their creation. */
  readonly waiting: Set<KeptSaga>;
}

/** Who holds each business key, and who stands in line for it. */
export class KeyLines {
  readonly #lines = new Map<string, Line>();

  holderOf(key: string | undefined): KeptSaga | undefined {
    return key === undefined ? undefined : this.#lines.get(key)?.holder;
  }

  /** Gives a new saga its key, when nobody has it, or a place at the end of the line. */
  join(saga: KeptSaga): void {
    const key = saga.said.lockKey;
    if (key === undefined) return;
    const line = this.#lines.get(key) ?? { holder: undefined, waiting: new Set<KeptSaga>() };
    this.#lines.set(key, line);
    if (line.holder) line.waiting.add(saga);
    else line.holder = saga;
  }

  /** Takes a saga out of the line, as one that is to end without the key. */
  leaveLine(saga: KeptSaga): void {
    this.#lines.get(saga.said.lockKey ?? '')?.waiting.delete(saga);
  }

  /** A saga is over. Gives the one that has the key from now on; nobody, when it did not have it itself. */
  passOn(saga: KeptSaga): KeptSaga | undefined {
    const key = saga.said.lockKey;
    const line = key === undefined ? undefined : this.#lines.get(key);
    if (key === undefined || !line) return undefined;
    line.waiting.delete(saga);
    if (line.holder !== saga) return undefined;
    const [next] = line.waiting;
    line.holder = next;
    if (next) line.waiting.delete(next);
    else this.#lines.delete(key);
    return next;
  }
}
