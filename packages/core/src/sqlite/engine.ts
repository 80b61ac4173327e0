import type { Health } from '../lifecycle/health.ts';
import type { SqlValue, WriteSet } from '../ports/write-set.ts';
import type { Row, StatementResult } from './database.ts';
import type { Migration } from './migrate-tables.ts';

/** How a database does its work: over a file with a thread that writes, or all in the caller's. Nothing but `onCommit` is asked of one that is not open. */
export interface Engine {
  open(): Promise<void>;
  /** Lets writes that were accepted finish. Accepts an engine that could not be opened. */
  close(): Promise<void>;
  health(): Health;
  write(set: WriteSet): Promise<readonly StatementResult[]>;
  read(sql: string, values: readonly SqlValue[]): Promise<readonly Row[]>;
  migrate(migration: Migration): Promise<void>;
  onCommit(listener: () => void): () => void;
}
