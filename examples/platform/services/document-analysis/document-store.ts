import type { SqlValue, Statement } from '@tutti/core';
import type { Row, SqliteDatabase } from '@tutti/core/sqlite';
import { type Clauses, DocumentView, type Report } from '../../contract/document.ts';
import { platformError } from '../../errors.ts';

/** Who may see a document: the tenant that uploaded it, and nobody else. */
export interface DocumentKey {
  readonly tenant: string;
  readonly documentId: string;
}

export interface NewDocument extends DocumentKey {
  readonly name: string;
  readonly mediaType: string | undefined;
  readonly original: Uint8Array;
  readonly uploadedAt: string;
}

/** One part of the work on a document; each is written and undone alone. */
export type Part = 'extraction' | 'clauses' | 'report';

const steps = [
  `CREATE TABLE documents (
     tenant TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, media_type TEXT, original BLOB NOT NULL, uploaded_at TEXT NOT NULL,
     status TEXT NOT NULL DEFAULT 'queued', failure TEXT, text TEXT, extraction TEXT, clauses TEXT, report TEXT,
     PRIMARY KEY (tenant, id)
   ) STRICT, WITHOUT ROWID`,
];

/** Documents and what is known of them. Every change is durable when it resolves. */
export class DocumentStore {
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  async open(): Promise<void> {
    await this.#database.migrate('documents', steps);
  }

  /** Keeps the document; a second upload under the same id changes nothing. */
  async add({ tenant, documentId, name, mediaType, original, uploadedAt }: NewDocument): Promise<void> {
    await this.#write('documents.add', {
      sql: 'INSERT INTO documents (tenant, id, name, media_type, original, uploaded_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
      values: [tenant, documentId, name, mediaType ?? null, original, uploadedAt],
    });
  }

  /** Tells `listener` when any document may have changed. */
  watch(listener: () => void): () => void {
    return this.#database.onCommit(listener);
  }

  /** @throws DOCUMENT_UNKNOWN, also for a document of another tenant. */
  async view(key: DocumentKey): Promise<DocumentView> {
    const row = await this.#row(key, 'id, name, length(original) AS bytes, status, uploaded_at, report, failure');
    return DocumentView.parse({
      documentId: row['id'],
      name: row['name'],
      bytes: Number(row['bytes']),
      status: row['status'],
      uploadedAt: row['uploaded_at'],
      ...(row['status'] === 'analysed' && row['report'] !== null && { report: JSON.parse(String(row['report'])) }),
      ...(row['failure'] !== null && { failure: JSON.parse(String(row['failure'])) }),
    });
  }

  async original(key: DocumentKey): Promise<{ bytes: Uint8Array; name: string; mediaType: string | undefined }> {
    const row = await this.#row(key, 'original, name, media_type');
    return {
      bytes: row['original'] as Uint8Array,
      name: String(row['name']),
      mediaType: row['media_type'] === null ? undefined : String(row['media_type']),
    };
  }

  /** Undefined before extraction and after it was undone. */
  async text(key: DocumentKey): Promise<string | undefined> {
    const { text } = await this.#row(key, 'text');
    return typeof text === 'string' ? text : undefined;
  }

  async part(key: DocumentKey, part: Part): Promise<unknown> {
    const value = (await this.#row(key, part))[part];
    return typeof value === 'string' ? JSON.parse(value) : undefined;
  }

  async saveExtraction(key: DocumentKey, text: string, extraction: object): Promise<void> {
    await this.#change('documents.extraction', key, 'text = ?, extraction = ?', [text, JSON.stringify(extraction)]);
  }

  async save(key: DocumentKey, part: 'clauses', value: Clauses): Promise<void>;
  async save(key: DocumentKey, part: 'report', value: Report): Promise<void>;
  async save(key: DocumentKey, part: 'clauses' | 'report', value: object): Promise<void> {
    await this.#change(`documents.${part}`, key, `${part} = ?`, [JSON.stringify(value)]);
  }

  /** Nothing to remove is fine: an undo may come for work that never happened. */
  async remove({ tenant, documentId }: DocumentKey, part: Part): Promise<void> {
    const columns = part === 'extraction' ? 'text = NULL, extraction = NULL' : `${part} = NULL`;
    await this.#write(`documents.remove-${part}`, {
      sql: `UPDATE documents SET ${columns} WHERE tenant = ? AND id = ?`,
      values: [tenant, documentId],
    });
  }

  /** Final: neither a late failure nor a late success changes what was said first. */
  async settle(
    { tenant, documentId }: DocumentKey,
    status: 'analysed' | 'failed',
    failure?: { code: string; reason: string },
  ): Promise<void> {
    await this.#write('documents.settle', {
      sql: "UPDATE documents SET status = ?, failure = ? WHERE tenant = ? AND id = ? AND status = 'queued'",
      values: [status, failure ? JSON.stringify(failure) : null, tenant, documentId],
    });
  }

  async #row({ tenant, documentId }: DocumentKey, columns: string): Promise<Row> {
    const [row] = await this.#database.read(`SELECT ${columns} FROM documents WHERE tenant = ? AND id = ?`, [tenant, documentId]);
    if (!row) throw platformError('DOCUMENT_UNKNOWN', { documentId });
    return row;
  }

  async #change(name: string, { tenant, documentId }: DocumentKey, assignments: string, values: readonly SqlValue[]): Promise<void> {
    await this.#write(name, {
      sql: `UPDATE documents SET ${assignments} WHERE tenant = ? AND id = ?`,
      values: [...values, tenant, documentId],
      expectedRows: 1,
    });
  }

  async #write(name: string, statement: Statement): Promise<void> {
    await this.#database.write({ name, statements: [statement] });
  }
}
