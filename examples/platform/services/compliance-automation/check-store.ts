import type { SqliteDatabase } from '@tutti/core/sqlite';
import type { Compliance } from '../../contract/document.ts';

const steps = [
  'CREATE TABLE checks (tenant TEXT NOT NULL, document_id TEXT NOT NULL, checked_at TEXT NOT NULL, result TEXT NOT NULL, PRIMARY KEY (tenant, document_id)) STRICT, WITHOUT ROWID',
];

/** What the rules said of each document, kept as evidence. Every change is durable when it resolves. */
export class CheckStore {
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  async open(): Promise<void> {
    await this.#database.migrate('checks', steps);
  }

  async save(tenant: string, documentId: string, checkedAt: string, result: Compliance): Promise<void> {
    const sql =
      'INSERT INTO checks (tenant, document_id, checked_at, result) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET checked_at = excluded.checked_at, result = excluded.result';
    await this.#database.write({
      name: 'checks.save',
      statements: [{ sql, values: [tenant, documentId, checkedAt, JSON.stringify(result)] }],
    });
  }

  /** Nothing to remove is fine: an undo may come for work that never happened. */
  async remove(tenant: string, documentId: string): Promise<void> {
    await this.#database.write({
      name: 'checks.remove',
      statements: [{ sql: 'DELETE FROM checks WHERE tenant = ? AND document_id = ?', values: [tenant, documentId] }],
    });
  }
}
