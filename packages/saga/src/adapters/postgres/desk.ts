import { readPlace, writePlace } from '../../store/list-place.ts';
import type { SagaCount, SagaDesk, SagaQuery, SagaStats } from '../../store/saga-desk.ts';
import { endStatuses, isOver, type SagaStatus, sagaStatuses } from '../../store/saga-record.ts';
import type { Connections } from './connections.ts';
import { journalText, recordColumns, recordOf, summaryColumns, summaryOf } from './saga-row.ts';
import { now, type TableNames } from './tables.ts';

/** Of the sagas that are over, only so many are counted, those that ended last. */
const countedOver = 10_000;

type DeskParts = Omit<SagaDesk, 'watch'>;

export function postgresDesk(t: TableNames, opened: () => { readonly connections: Connections; ring(): void }): DeskParts {
  const ask = (text: string, values: readonly unknown[] = []): ReturnType<Connections['ask']> => opened().connections.ask({ text, values });
  return {
    async load(id) {
      const text = `SELECT ${recordColumns}, (SELECT ${journalText} FROM ${t.journal} WHERE saga_id = $1) AS entries FROM ${t.sagas} WHERE id = $1`;
      const [row] = (await ask(text, [id])).rows;
      return row && recordOf(row, row['entries']);
    },
    async ended(ids) {
      const text = `SELECT w.id FROM unnest($1::text[]) AS w(id) LEFT JOIN ${t.sagas} AS s ON s.id = w.id WHERE s.id IS NULL OR s.status = ANY ($2)`;
      return (await ask(text, [ids, endStatuses])).rows.map(({ id }) => String(id));
    },
    async list(query) {
      const { where, values } = conditionsOf(query);
      const text = `SELECT ${summaryColumns} FROM ${t.sagas} WHERE ${where} ORDER BY created_at DESC, id DESC LIMIT ${query.limit + 1}`;
      const rows = (await ask(text, values)).rows.map(summaryOf);
      const items = rows.slice(0, query.limit);
      const last = items.at(-1);
      return { items, ...(rows.length > query.limit && last && { next: writePlace(last) }) };
    },
    async stats() {
      const text = `WITH each AS (
          SELECT saga, status FROM ${t.sagas} WHERE ended_at IS NULL
          UNION ALL
          SELECT saga, status FROM (SELECT saga, status FROM ${t.sagas} WHERE ended_at IS NOT NULL ORDER BY ended_at DESC LIMIT ${countedOver}) AS o)
        SELECT (SELECT json_agg(c)::text FROM (SELECT saga, status, count(*)::int AS count FROM each GROUP BY saga, status) AS c) AS counts,
          GREATEST(0, ${now} - (SELECT due_at FROM ${t.sagas} WHERE ended_at IS NULL ORDER BY due_at LIMIT 1)) AS oldest,
          (SELECT count(*)::int FROM ${t.outbox}) AS unpublished`;
      const { counts, oldest, unpublished } = (await ask(text)).rows[0] ?? {};
      const stats: SagaStats = {
        counts: JSON.parse(String(counts ?? '[]')) as readonly SagaCount[],
        oldestDueMs: Number(oldest ?? 0),
        unpublished: Number(unpublished),
      };
      return stats;
    },
    async ask(id, request, from, to) {
      const { rows } = await ask(
        `WITH was AS (SELECT status, owner FROM ${t.sagas} WHERE id = $1 FOR UPDATE),
          heard AS (
            UPDATE ${t.sagas} AS s SET asked = s.asked || $2::text, asked_count = s.asked_count + 1, status = coalesce($4, s.status),
              line_no = CASE WHEN $4 IS NULL OR $4 = s.status THEN s.line_no END,
              due_at = CASE WHEN s.owner IS NULL AND coalesce($4, s.status) = ANY($5) THEN ${now} ELSE s.due_at END
            FROM was WHERE s.id = $1 AND was.status = ANY($3) AND s.ended_at IS NULL RETURNING 1)
        SELECT status, EXISTS (SELECT 1 FROM heard) AS heard FROM was`,
        [id, JSON.stringify(request), from, to ?? null, openStatuses],
      );
      if (rows[0]?.['heard'] === true) opened().ring();
      return rows[0]?.['status'] as SagaStatus | undefined;
    },
    async forget(before, max) {
      const text = `WITH gone AS (
          DELETE FROM ${t.sagas} WHERE id IN (
            SELECT id FROM ${t.sagas} WHERE ended_at < $1 ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED) RETURNING id),
        journals AS (DELETE FROM ${t.journal} WHERE saga_id IN (SELECT id FROM gone))
        SELECT count(*)::int AS gone FROM gone`;
      return Number((await ask(text, [before, max])).rows[0]?.['gone'] ?? 0);
    },
  };
}

const openStatuses = sagaStatuses.filter((status) => !endStatuses.includes(status));

function conditionsOf({ saga, status, tenant, after }: SagaQuery): { readonly where: string; readonly values: readonly unknown[] } {
  const values: unknown[] = [];
  const where: string[] = ['true'];
  for (const [column, value] of Object.entries({ saga, status, tenant }))
    if (value !== undefined) where.push(`${column} = $${values.push(value)}`);
  // said in the words of their indexes: what is looked for is mostly among the few that are not over
  if (status !== undefined) where.push(`ended_at IS ${isOver(status) ? 'NOT NULL' : 'NULL'}`);
  if (after !== undefined) {
    const { createdAt, id } = readPlace(after);
    where.push(`(created_at, id) < ($${values.push(createdAt)}::float8, $${values.push(id)})`);
  }
  return { where: where.join(' AND '), values };
}
