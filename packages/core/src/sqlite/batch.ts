import type { Statement } from '../ports/write-set.ts';
import { bytesOf } from './backlog.ts';
import type { WriterRequest } from './protocol.ts';

/** Bounds of one transaction: beyond them it gains little, and everybody in it waits longer. */
const maxSets = 1_000;
const maxBytes = 4 * 1024 * 1024;

/** The sets that one transaction carries. It may be filled up until the transaction is committed. */
export class Batch {
  readonly sets: (readonly Statement[])[] = [];
  #bytes = 0;

  /** Takes sets from the head of the queue, as many as there is room for: at least one if there is one and the batch is empty. */
  fill(queue: WriterRequest[]): void {
    let taken = 0;
    for (const request of queue) {
      if (!Array.isArray(request) || this.sets.length === maxSets || this.#bytes > maxBytes) break;
      this.#bytes += bytesOf(request as readonly Statement[]);
      this.sets.push(request as readonly Statement[]);
      taken++;
    }
    queue.splice(0, taken);
  }
}
