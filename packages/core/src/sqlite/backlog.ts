import { coreError } from '../errors/core-errors.ts';
import type { Statement, WriteSet } from '../ports/write-set.ts';

export interface BacklogLimits {
  readonly maxPendingSets: number;
  readonly maxPendingBytes: number;
}

/** The sets that were taken on and are not answered yet. Keeps a caller that does not wait for its writes from filling the memory. */
export class Backlog {
  readonly #path: string;
  readonly #limits: BacklogLimits;
  #sets = 0;
  #bytes = 0;

  constructor(path: string, limits: BacklogLimits) {
    this.#path = path;
    this.#limits = limits;
  }

  /**
   * Takes a set on, and gives its size, to be given back to `leave`. Alone a set may have any size, or it could never be written.
   * @throws OVERLOADED
   */
  enter({ name, statements }: WriteSet): number {
    const { maxPendingSets, maxPendingBytes } = this.#limits;
    const bytes = bytesOf(statements);
    if (this.#sets >= maxPendingSets) throw this.#overloaded(name, maxPendingSets);
    if (this.#sets > 0 && this.#bytes + bytes > maxPendingBytes) throw this.#overloaded(`${name} (${bytes} bytes)`, maxPendingBytes);
    this.#sets += 1;
    this.#bytes += bytes;
    return bytes;
  }

  leave(bytes: number): void {
    this.#sets -= 1;
    this.#bytes -= bytes;
  }

  #overloaded(what: string, limit: number): Error {
    return coreError('OVERLOADED', { operation: `writing ${what} to ${this.#path}`, limit });
  }
}

/** Of the values, as nothing else of a set is large and new at once. */
export function bytesOf(statements: readonly Statement[]): number {
  let bytes = 0;
  for (const { values } of statements) {
    for (const value of values) bytes += typeof value === 'string' ? value.length : value instanceof Uint8Array ? value.byteLength : 8;
  }
  return bytes;
}
