import type { Statement } from '../ports/write-set.ts';
import { bytesOf } from './backlog.ts';
import type { WriterRequest } from './protocol.ts';

/** Bounds of one transaction: beyond them it gains little, and everybody in it waits longer. */
const maxSets = 1_000;
const maxBytes = 4 * 1024 * 1024;

/** Takes the sets at the head of the queue that one transaction should carry: at least one if there is one. */
export function takeBatch(queue: WriterRequest[]): (readonly Statement[])[] {
  let sets = 0;
  let bytes = 0;
  for (const request of queue) {
    if (!Array.isArray(request) || sets === maxSets || bytes > maxBytes) break;
    sets += 1;
    bytes += bytesOf(request as readonly Statement[]);
  }
  return queue.splice(0, sets) as (readonly Statement[])[];
}
