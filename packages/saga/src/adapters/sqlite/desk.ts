import type { Page, SqlValue } from '@tutti/core';
import { noPlace } from '../../store/list-place.ts';
import type { SagaCount, SagaDesk, SagaQuery, SagaStats } from '../../store/saga-desk.ts';
import { endStatuses, isParked, type SagaStatus, type SagaSummary } from '../../store/saga-record.ts';
import type { OpenPlace } from './open-place.ts';
import { recordColumns, recordOf, summaryColumns, summaryOf } from './rows.ts';

/** Sagas that are over are counted among so many that ended last. */
const countedAtMost = 10_000;

const loadSql = `SELECT ${recordColumns} FROM saga_instances s WHERE s.id = ?`;
const statusSql = 'SELECT status FROM saga_instances WHERE id = ?';
/** Opens what waits for somebody: a saga that nobody holds and that can go on is due at once. */
const askSql = `UPDATE saga_instances SET asked = asked + 1, status = coalesce(?1, status), line = iif(line = 1 AND ?1 IS NOT NULL, NULL, line),
  due_at = iif(owner IS NULL AND coalesce(?1, status) IN ('queued', 'running', 'compensating'), ?2, due_at)
  WHERE id = ?3 AND ended_at IS NULL AND status IN (SELECT value FROM json_each(?4))`;
const requestSql = 'INSERT INTO saga_requests (no, nth, body) SELECT no, asked, ? FROM saga_instances WHERE id = ? AND changes() > 0';

const old = '(SELECT no FROM saga_instances WHERE ended_at < ? ORDER BY ended_at, no LIMIT ?)';
const forgetSqls: readonly string[] = ['saga_journal', 'saga_requests', 'saga_instances'].map(
  (table) => `DELETE FROM ${table} WHERE no IN ${old}`,
);

const endedSql = `SELECT w.value AS id FROM json_each(?) AS w LEFT JOIN saga_instances AS s ON s.id = w.value
  WHERE s.status IS NULL OR s.status IN (${endStatuses.map((status) => `'${status}'`).join(', ')})`;

const openSql =
  'SELECT saga, status, count(*) AS count, min(due_at) AS due FROM saga_instances WHERE due_at IS NOT NULL GROUP BY saga, status';
const overSql = `SELECT saga, status, count(*) AS count FROM
  (SELECT saga, status FROM saga_instances WHERE ended_at IS NOT NULL ORDER BY ended_at DESC LIMIT ${countedAtMost}) GROUP BY saga, status`;
const outboxSql = 'SELECT count(*) AS count FROM saga_outbox';

/** What people and tools see and do. Lists are in the order of creation in this file. */
export function sqliteDesk(open: () => OpenPlace, watch: SagaDesk['watch']): SagaDesk {
  return {
    async load(id) {
      const [row] = await open().database.read(loadSql, [id]);
      return row && recordOf(row);
    },
    async ended(ids) {
      return (await open().database.read(endedSql, [JSON.stringify(ids)])).map(({ id }) => String(id));
    },
    list: (query) => list(open(), query),
    stats: () => stats(open()),
    async ask(id, request, from, to) {
      const { database, now } = open();
      const [status] = await database.write({
        name: 'saga.ask',
        statements: [
          { sql: statusSql, values: [id] },
          { sql: askSql, values: [to ?? null, now(), id, JSON.stringify(from)] },
          { sql: requestSql, values: [JSON.stringify(request), id] },
        ],
      });
      return status?.rows[0]?.['status'] as SagaStatus | undefined;
    },
    async forget(before, max) {
      const values = [Math.ceil(before), max];
      const results = await open().database.write({ name: 'saga.forget', statements: forgetSqls.map((sql) => ({ sql, values })) });
      return results.at(-1)?.changes ?? 0;
    },
    watch,
  };
}

async function list({ database }: OpenPlace, { saga, status, tenant, limit, after }: SagaQuery): Promise<Page<SagaSummary>> {
  if (after !== undefined && !/^\d{1,15}$/.test(after)) throw noPlace();
  const terms: (readonly [string, SqlValue | undefined])[] = [
    ['no < ?', after === undefined ? undefined : Number(after)],
    ['saga = ?', saga],
    ['status = ?', status],
    ['tenant = ?', tenant],
  ];
  const given = terms.filter((term): term is readonly [string, SqlValue] => term[1] !== undefined);
  const where = [...given.map(([term]) => term), ...indexed(status)].join(' AND ') || 'true';
  const sql = `SELECT ${summaryColumns} FROM saga_instances WHERE ${where} ORDER BY no DESC LIMIT ?`;
  const rows = await database.read(sql, [...given.map(([, value]) => value), limit + 1]);
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items: items.map(summaryOf), ...(rows.length > limit && last && { next: String(last['no']) }) };
}

/** Of the few that are open, those that are parked or queued must be found without a look at all that ever were. */
function indexed(status: SagaStatus | undefined): readonly string[] {
  return status !== undefined && (isParked(status) || status === 'queued') ? ['due_at IS NOT NULL'] : [];
}

async function stats({ database, now }: OpenPlace): Promise<SagaStats> {
  const [open, over, outbox] = await Promise.all([openSql, overSql, outboxSql].map((sql) => database.read(sql)));
  const time = now();
  const oldest = Math.min(time, ...(open ?? []).map(({ due }) => Number(due)));
  return {
    counts: [...(open ?? []), ...(over ?? [])].map(
      (row): SagaCount => ({ saga: String(row['saga']), status: row['status'] as SagaStatus, count: Number(row['count']) }),
    ),
    oldestDueMs: time - oldest,
    unpublished: Number(outbox?.[0]?.['count'] ?? 0),
  };
}
