import type { SqlValue, Statement } from '@tutti/core';
import type { NewSaga } from '../../store/saga-record.ts';
import type { Created, CreateOptions } from '../../store/saga-store.ts';
import { startEvents, startJournal } from './inserts.ts';
import type { OpenPlace } from './open-place.ts';
import { never } from './rows.ts';
import { isOwnConflict, statementError } from './statement-error.ts';

const columns = 'id, saga, fingerprint, created_at, deadline, tenant, call, status, fence, owner, due_at';

const insertSql = `INSERT INTO saga_instances (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, 'running', ?, ?, ?) ON CONFLICT (id) DO NOTHING`;

const lookSql = `SELECT (SELECT id FROM saga_instances WHERE lock_key = ? AND line = 0) AS holder,
  EXISTS (SELECT 1 FROM saga_instances WHERE id = ?) AS taken`;

/** Takes its key when nobody has it, and a place in the line otherwise, if it wants one (?13). */
const insertLockedSql = `INSERT INTO saga_instances (${columns}, lock_key, line)
  SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, iif(free, 'running', 'queued'), iif(free, ?8, 0), iif(free, ?9, NULL), iif(free, ?10, ?11), ?12, NOT free
  FROM (SELECT NOT EXISTS (SELECT 1 FROM saga_instances WHERE lock_key = ?12 AND line = 0) AS free)
  WHERE free OR ?13 ON CONFLICT (id) DO NOTHING`;

/** A saga, its key, its first entries and its events in one write. */
export async function createSaga({ database, now: clock }: OpenPlace, saga: NewSaga, options: CreateOptions): Promise<Created> {
  const now = clock();
  const { hold, whenLocked = 'queue', queuedUntil, events = [], statements = [] } = options;
  const { id, fingerprint, input, call, createdAt, deadline = null, lockKey, entries } = saga;
  const said: SqlValue[] = [id, saga.saga, fingerprint, createdAt, deadline, call.tenantid ?? null, JSON.stringify(call)];
  const holding: SqlValue[] = hold ? [1, hold.worker, now + Math.ceil(hold.leaseMs)] : [0, null, now];
  // Statements must not be executed for a saga that is there already, so only with them is that a conflict: a conflict costs everybody in the commit.
  const fence = statements.length > 0 && { expectedRows: 1 };
  const rest = [startJournal(input, entries), ...startEvents(events), ...statements];
  const own = 1 + rest.length - statements.length;

  if (lockKey === undefined) {
    const inserting: Statement = { sql: insertSql, values: [...said, ...holding], ...fence };
    const results = await write([inserting, ...rest], own);
    return { created: results?.[0]?.changes === 1, now };
  }
  const line: SqlValue[] = [queuedUntil === undefined ? never : Math.ceil(queuedUntil), lockKey, whenLocked === 'queue' ? 1 : 0];
  const look: Statement = { sql: lookSql, values: [lockKey, id] };
  const inserting: Statement = { sql: insertLockedSql, values: [...said, ...holding, ...line], ...fence };
  const results = await write([look, inserting, ...rest], own + 1);
  const found = results?.[0]?.rows[0] ?? (await database.read(look.sql, look.values))[0];
  const taken = Number(found?.['taken']) === 1;
  const holder = taken ? null : (found?.['holder'] ?? null);
  if (!results && !taken && holder === null) return createSaga({ database, now: clock }, saga, options); // who held the key is over by now
  return { created: results?.[1]?.changes === 1, ...(holder !== null && { lockedBy: String(holder) }), now };

  /** Gives nothing when statements were not executed because the saga was not created. */
  async function write(set: readonly Statement[], ownStatements: number) {
    try {
      return await database.write({ name: 'saga.start', statements: set });
    } catch (error) {
      if (isOwnConflict(error, ownStatements)) return undefined;
      throw statementError(error, id, ownStatements);
    }
  }
}
