import type { Claimed, ClaimedSaga, ClaimRequest, Holding } from '../../store/saga-store.ts';
import { intArray, textArray } from './array-parameter.ts';
import type { Connections } from './connections.ts';
import type { GroupWriter } from './group-writer.ts';
import { journalText, recordColumns, recordOf } from './saga-row.ts';
import { now, type TableNames } from './tables.ts';

/** Claims and leases. The clock is the server's, as it was when the statement began: a lease never seems longer than it is. */
export class Claims {
  readonly #connections: Connections;
  readonly #writer: GroupWriter;
  readonly #tables: TableNames;

  constructor(connections: Connections, writer: GroupWriter, tables: TableNames) {
    this.#connections = connections;
    this.#writer = writer;
    this.#tables = tables;
  }

  async claim(request: ClaimRequest): Promise<Claimed> {
    const sagas = request.max > 0 && request.known.length > 0 ? await this.#take(request) : [];
    const { asked, ...look } = await this.#look(
      request,
      sagas.map(({ id }) => id),
    );
    // what was asked of a saga that has just changed hands comes with it
    const fresh = new Set(sagas.filter(({ takenFrom }) => takenFrom !== request.worker).map(({ id }) => id));
    return { sagas, asked: asked.filter((id) => !fresh.has(id)), ...look };
  }

  /** Rows that another one is claiming or changing are passed over. One that was claimed while it stood in a line has left it. */
  async #take({ worker, leaseMs, max, known }: ClaimRequest): Promise<readonly ClaimedSaga[]> {
    const t = this.#tables;
    const { rows } = await this.#connections.ask({
      text: `WITH due AS MATERIALIZED (
          SELECT id, owner AS taken_from, due_at AS waited_since FROM ${t.sagas}
          WHERE ended_at IS NULL AND due_at <= ${now} AND ((saga, fingerprint) IN (SELECT * FROM unnest($4::text[], $5::text[]))) IS TRUE
          ORDER BY due_at, created_at LIMIT $3 FOR UPDATE SKIP LOCKED),
        claimed AS (
          UPDATE ${t.sagas} AS s SET owner = $1, fence = s.fence + 1, due_at = ${now} + $2::float8, line_no = NULL, given = NULL
          FROM due WHERE s.id = due.id RETURNING s.*, due.taken_from, due.waited_since)
        SELECT ${recordColumns}, taken_from FROM claimed ORDER BY waited_since, created_at`,
      values: [worker, leaseMs, max, ...kinds(known)],
    });
    if (rows.length === 0) return [];
    // only who holds them writes to their journals from now on; the statement above might have seen them as they were before
    const journals = await this.#connections.ask({
      text: `SELECT saga_id, ${journalText} AS entries FROM ${t.journal} WHERE saga_id = ANY($1::text[]) GROUP BY saga_id`,
      values: [textArray(rows.map(({ id }) => String(id)))],
    });
    const entries = new Map(journals.rows.map((row) => [row['saga_id'], row['entries']]));
    return rows.map((row) => ({
      ...recordOf(row, entries.get(row['id'])),
      ...(typeof row['taken_from'] === 'string' && { takenFrom: row['taken_from'] }),
    }));
  }

  async #look({ worker, known }: ClaimRequest, claimed: readonly string[]): Promise<Omit<Claimed, 'sagas'>> {
    const t = this.#tables;
    const { rows } = await this.#connections.ask({
      text: `SELECT ${now} AS now,
        (SELECT due_at FROM ${t.sagas}
          WHERE ended_at IS NULL AND due_at < 'Infinity' AND id <> ALL($4::text[]) AND ((saga, fingerprint) IN (SELECT * FROM unnest($2::text[], $3::text[]))) IS TRUE
          ORDER BY due_at LIMIT 1) AS next_due_at,
        (SELECT json_agg(id ORDER BY created_at)::text FROM ${t.sagas} WHERE owner = $1 AND asked_count > answered) AS asked`,
      values: [worker, ...kinds(known), textArray(claimed)],
    });
    const { now: time, next_due_at: next, asked } = rows[0] ?? {};
    return {
      asked: JSON.parse(String(asked ?? '[]')) as readonly string[],
      ...(next !== null && next !== undefined && { nextDueAt: Number(next) }),
      now: Number(time),
    };
  }

  /** In the order of ids, as checkpoints are: neither waits for the other in a circle. */
  async renew(
    worker: string,
    held: readonly Holding[],
    leaseMs: number,
  ): Promise<{ readonly lost: readonly string[]; readonly now: number }> {
    const sorted = held.toSorted((one, other) => (one.id < other.id ? -1 : 1));
    const { rows } = await this.#writer.run({
      text: `WITH kept AS (
          UPDATE ${this.#tables.sagas} AS s SET due_at = ${now} + $4::float8, owner = CASE WHEN $4::float8 > 0 THEN s.owner END
          FROM unnest($2::text[], $3::int[]) AS h(id, fence) WHERE s.id = h.id AND s.fence = h.fence AND s.owner = $1
          RETURNING s.id, s.fence)
        SELECT ${now} AS now, (SELECT json_agg(id || ' ' || fence)::text FROM kept) AS kept`,
      values: [worker, textArray(sorted.map(({ id }) => id)), intArray(sorted.map(({ fence }) => fence)), leaseMs],
    });
    const kept = new Set(JSON.parse(String(rows[0]?.['kept'] ?? '[]')) as string[]);
    return { lost: held.filter(({ id, fence }) => !kept.has(`${id} ${fence}`)).map(({ id }) => id), now: Number(rows[0]?.['now']) };
  }
}

const kinds = (known: ClaimRequest['known']): readonly [Buffer, Buffer] => [
  textArray(known.map(({ saga }) => saga)),
  textArray(known.map(({ fingerprint }) => fingerprint)),
];
