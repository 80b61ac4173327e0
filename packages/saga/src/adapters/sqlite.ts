import { checkOptions, defaultRuntime, objectWith, type Runtime, type SqlValue, type Statement, TuttiError, text } from '@tutti/core';
import { type Row, type SqliteDatabase, sqliteDatabase } from '@tutti/core/sqlite';
import { sagaError } from '../errors.ts';
import { type HistoryEntry, isFinal, type SagaRecord, type StepRecord } from '../store/saga-record.ts';
import type { SagaStore } from '../store/saga-store.ts';

/** Either a database that the host runs, or a file that the store opens and closes itself. */
export type SqliteStoreOptions = ({ readonly database: SqliteDatabase } | { readonly path: string }) & { readonly runtime?: Runtime };

const tables = [
  `CREATE TABLE sagas (
     id TEXT PRIMARY KEY, saga TEXT NOT NULL, fingerprint TEXT NOT NULL, input TEXT NOT NULL, call TEXT NOT NULL, created_at INTEGER NOT NULL,
     status TEXT NOT NULL, failure TEXT, owner TEXT, lease_until INTEGER NOT NULL DEFAULT 0, fence INTEGER NOT NULL DEFAULT 0
   ) STRICT, WITHOUT ROWID`,
  "CREATE INDEX sagas_open ON sagas (lease_until) WHERE status IN ('running', 'compensating')",
  `CREATE TABLE saga_steps (
     saga_id TEXT NOT NULL, step TEXT NOT NULL, "order" INTEGER NOT NULL, status TEXT NOT NULL, attempts INTEGER NOT NULL, undo_attempts INTEGER NOT NULL,
     ambiguous INTEGER NOT NULL, result TEXT, failure TEXT, wake_at INTEGER, PRIMARY KEY (saga_id, step)
   ) STRICT, WITHOUT ROWID`,
  'CREATE TABLE saga_history (saga_id TEXT NOT NULL, entry TEXT NOT NULL, number INTEGER PRIMARY KEY) STRICT',
  'CREATE INDEX saga_history_of ON saga_history (saga_id, number)',
];

const saveStep = `INSERT INTO saga_steps (saga_id, step, "order", status, attempts, undo_attempts, ambiguous, result, failure, wake_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET status = excluded.status, attempts = excluded.attempts, undo_attempts = excluded.undo_attempts, ambiguous = excluded.ambiguous,
    result = excluded.result, failure = excluded.failure, wake_at = excluded.wake_at`;

/**
 * Sagas in an SQLite file: durable with every checkpoint, shared by the processes of one host.
 * The row of a saga is its lock: every checkpoint updates it under owner and fence, and writes nothing when they differ.
 */
export function sqliteStore(options: SqliteStoreOptions): SagaStore {
  const given = checkOptions<{ database?: SqliteDatabase; path?: string; runtime?: Runtime }, object>('sqliteStore', options, {
    required: 'database' in options ? { database: objectWith('an SqliteDatabase', 'write', 'read') } : { path: text },
    optional: { runtime: objectWith('a Runtime', 'clock') },
  });
  const runtime = given.runtime ?? defaultRuntime;
  const own = given.database === undefined;
  const database = given.database ?? sqliteDatabase({ path: given.path as string, runtime });
  const now = (): number => Math.floor(runtime.clock.epoch());
  const write = (name: string, ...statements: Statement[]): ReturnType<SqliteDatabase['write']> =>
    database.write({ name: `saga.${name}`, statements });

  async function complete(rows: readonly Row[]): Promise<readonly SagaRecord[]> {
    if (rows.length === 0) return [];
    const ids = rows.map((row) => String(row['id']));
    const steps = await database.read(`SELECT * FROM saga_steps WHERE saga_id IN (${ids.map(() => '?').join()}) ORDER BY "order"`, ids);
    const bySaga = Map.groupBy(steps, (step) => String(step['saga_id']));
    return rows.map((row) => sagaOf(row, bySaga.get(String(row['id'])) ?? []));
  }

  return {
    name: 'sqlite',
    capabilities: { durable: true, shared: true },
    async open() {
      if (own) await database.start();
      await database.migrate('saga', tables);
    },
    async close() {
      if (own) await database.stop();
    },
    async create({ id, saga, fingerprint, input, call, createdAt }, entry) {
      const [inserted] = await write(
        'start',
        {
          sql: "INSERT INTO sagas (id, saga, fingerprint, input, call, created_at, status) VALUES (?, ?, ?, ?, ?, ?, 'running') ON CONFLICT DO NOTHING",
          values: [id, saga, fingerprint, input, JSON.stringify(call), Math.floor(createdAt)],
        },
        { sql: 'INSERT INTO saga_history (saga_id, entry) SELECT ?, ? WHERE changes() = 1', values: [id, JSON.stringify(entry)] },
      );
      return { created: inserted?.changes === 1 };
    },
    async claim({ worker, leaseMs, max, known }) {
      const kinds = known.map(() => '(saga = ? AND fingerprint = ?)').join(' OR ');
      const open = `SELECT id FROM sagas WHERE status IN ('running', 'compensating') AND lease_until <= ? AND (${kinds}) ORDER BY lease_until LIMIT ?`;
      const filter: SqlValue[] = [now(), ...known.flatMap(({ saga, fingerprint }) => [saga, fingerprint]), max];
      if ((await database.read(open, filter)).length === 0) return []; // an idle scan costs a read, not a transaction
      const sql = `UPDATE sagas SET owner = ?, lease_until = ?, fence = fence + 1 WHERE id IN (${open}) RETURNING *`;
      const [claimed] = await write('claim', { sql, values: [worker, now() + leaseMs, ...filter] });
      return complete(claimed?.rows ?? []);
    },
    async checkpoint({ name, id, worker, fence, status, failure, steps, entries }) {
      const held = 'WHERE id = ? AND owner = ? AND fence = ?';
      const values: SqlValue[] = [status, failure ? JSON.stringify(failure) : null, id, worker, fence];
      const release = isFinal(status) ? ', owner = NULL, lease_until = 0' : '';
      try {
        await write(
          name,
          { sql: `UPDATE sagas SET status = ?, failure = coalesce(?, failure)${release} ${held}`, values, expectedRows: 1 },
          ...steps.map((step) => ({ sql: saveStep, values: stepValues(id, step) })),
          ...entries.map((entry) => ({
            sql: 'INSERT INTO saga_history (saga_id, entry) VALUES (?, ?)',
            values: [id, JSON.stringify(entry)],
          })),
        );
      } catch (error) {
        throw TuttiError.is(error, 'WRITE_CONFLICT') ? sagaError('SAGA_FENCED', { id, fence }, { cause: error }) : error;
      }
    },
    async renew(worker, held, leaseMs) {
      const [owner, until] = leaseMs === 0 ? [null, 0] : [worker, now() + leaseMs];
      const sql = 'UPDATE sagas SET owner = ?, lease_until = ? WHERE id = ? AND owner = ? AND fence = ?';
      const results = await write(
        leaseMs === 0 ? 'release' : 'renew',
        ...held.map(({ id, fence }) => ({ sql, values: [owner, until, id, worker, fence] })),
      );
      return held.filter((_, index) => results[index]?.changes !== 1).map(({ id }) => id);
    },
    async load(id) {
      const [record] = await complete(await database.read('SELECT * FROM sagas WHERE id = ?', [id]));
      return record;
    },
    async history(id) {
      const rows = await database.read('SELECT entry FROM saga_history WHERE saga_id = ? ORDER BY number', [id]);
      return rows.map(({ entry }) => JSON.parse(String(entry)) as HistoryEntry);
    },
    watch: (listener) => database.onCommit(listener),
  };
}

function stepValues(
  id: string,
  { step, order, status, attempts, undoAttempts, ambiguous, result, failure, wakeAt }: StepRecord,
): readonly SqlValue[] {
  const at = wakeAt === undefined ? null : Math.ceil(wakeAt);
  return [id, step, order, status, attempts, undoAttempts, ambiguous ? 1 : 0, result ?? null, failure ? JSON.stringify(failure) : null, at];
}

function sagaOf(row: Row, steps: readonly Row[]): SagaRecord {
  return {
    id: String(row['id']),
    saga: String(row['saga']),
    fingerprint: String(row['fingerprint']),
    input: String(row['input']),
    call: JSON.parse(String(row['call'])),
    status: row['status'] as SagaRecord['status'],
    createdAt: Number(row['created_at']),
    fence: Number(row['fence']),
    steps: steps.map(stepOf),
    ...(row['failure'] !== null && { failure: JSON.parse(String(row['failure'])) }),
  };
}

function stepOf(row: Row): StepRecord {
  return {
    step: String(row['step']),
    order: Number(row['order']),
    status: row['status'] as StepRecord['status'],
    attempts: Number(row['attempts']),
    undoAttempts: Number(row['undo_attempts']),
    ambiguous: row['ambiguous'] === 1 || row['ambiguous'] === 1n,
    ...(row['result'] !== null && { result: String(row['result']) }),
    ...(row['failure'] !== null && { failure: JSON.parse(String(row['failure'])) }),
    ...(row['wake_at'] !== null && { wakeAt: Number(row['wake_at']) }),
  };
}
