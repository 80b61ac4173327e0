import type { Component } from '../lifecycle/component.ts';
import type { SqlValue, WriteSet } from '../ports/write-set.ts';

/** What one statement of a set did. */
export interface StatementResult {
  /** Rows changed. */
  readonly changes: number;
  /** What a RETURNING clause gave; empty without one. */
  readonly rows: readonly Row[];
}

export type Row = Readonly<Record<string, SqlValue>>;

/**
 * One SQLite file, shared by any number of components of this process and by other processes of this host.
 *
 * Writes of one process go through one writer thread, in the order of the calls. Whatever queued up while the last
 * transaction was being committed goes into the next one (group commit), each set applied whole or not at all: a set that fails
 * takes nobody else with it. Reads see every write of this process that was acknowledged before them.
 */
export interface SqliteDatabase extends Component {
  readonly path: string;
  /**
   * Resolves after COMMIT with full sync, with one result a statement.
   * @throws WRITE_CONFLICT when a statement changed another number of rows than expected; nothing of the set was written.
   * @throws STORE_UNAVAILABLE when the file cannot be written (full disk, read-only, gone); nothing of the set was written.
   * @throws OVERLOADED at once, when as many writes wait for their answer as the database takes on; nothing of the set was written.
   * @throws NOT_RUNNING before start and after stop. `stop` lets writes that were accepted finish.
   */
  write(set: WriteSet): Promise<readonly StatementResult[]>;
  /** Reads on a connection of its own that never waits for writers. Keep queries small: they run on the caller's thread. */
  read(sql: string, values?: readonly SqlValue[]): Promise<readonly Row[]>;
  /**
   * Brings the tables of one user of the file up to date: runs the steps that were not run yet, in one transaction, and
   * remembers how many. Steps are never changed once released. Safe to call from several processes at once.
   */
  migrate(owner: string, steps: readonly string[]): Promise<void>;
  /**
   * Rings after a commit, by this process or another: at once through the doorbell, within 250 ms without it. May ring
   * without need and rings once for many commits. The listener must not throw.
   */
  onCommit(listener: () => void): () => void;
}
