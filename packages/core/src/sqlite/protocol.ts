import type { Statement } from '../ports/write-set.ts';
import type { Outcome } from './apply-sets.ts';
import type { Migration } from './migrate-tables.ts';
import type { Refusal } from './refusal.ts';

/** What the writer thread is started with. */
export interface WriterOptions {
  readonly path: string;
  readonly busyTimeoutMs: number;
}

/** A set (its statements), a migration, or the wish to end after everything before it. */
export type WriterRequest = readonly Statement[] | Migration | 'close';

/** The thread's first message says whether it could open the file; each later one answers the next requests, in their order. */
export type WriterGreeting = Refusal | 'ready';
export type WriterReply = readonly Outcome[];
