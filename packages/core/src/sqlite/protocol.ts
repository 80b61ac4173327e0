import type { SqlValue, Statement } from '../ports/write-set.ts';
import type { Outcome } from './apply-sets.ts';
import type { Migration } from './migrate-tables.ts';
import type { Refusal } from './refusal.ts';

/** What the writer thread is started with. */
export interface WriterOptions {
  readonly path: string;
  readonly busyTimeoutMs: number;
  /** Counts messages to the thread, which sleeps on it: waking a thread that way takes a third of the time of waking its event loop. */
  readonly posted: Int32Array<SharedArrayBuffer>;
}

/** A set (its statements), a migration, or the wish to end after everything before it. */
export type WriterRequest = readonly Statement[] | Migration | 'close';

/** Requests as they go over, in their order. */
export type PackedRequests = readonly (SqlValue | WriterRequest)[];

/** The thread's first message says whether it could open the file; each later one answers the next requests, in their order. */
export type WriterGreeting = Refusal | 'ready';
export type PackedReply = readonly (number | Outcome)[];
