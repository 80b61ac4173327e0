// @tutti/core/sqlite

import { Component, Duration, Runtime, SqlValue, WriteSet } from '@tutti/core';

export type Row = Readonly<Record<string, SqlValue>>;

export interface SqliteDatabase extends Component {
  readonly path: string;
  write(set: WriteSet): Promise<readonly StatementResult[]>;
  read(sql: string, values?: readonly SqlValue[]): Promise<readonly Row[]>;
  migrate(owner: string, steps: readonly string[]): Promise<void>;
  onCommit(listener: () => void): () => void;
}

export interface SqliteDatabaseOptions {
  readonly path: string;
  readonly busyTimeout?: Duration;
  readonly runtime?: Runtime;
}

export interface StatementResult {
  readonly changes: number;
  readonly rows: readonly Row[];
}

export declare function sqliteDatabase(options: SqliteDatabaseOptions): SqliteDatabase;

export declare const sqliteDatabaseDefaults: {
  readonly busyTimeout: "10s";
};
