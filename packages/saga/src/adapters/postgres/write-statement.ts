import { floatArray, intArray, textArray } from './array-parameter.ts';
import type { PostgresQuery } from './pg-client.ts';
import { never, now, type TableNames } from './tables.ts';
import type { Change, Creation, Write } from './writes.ts';

const over = `('completed', 'compensated')`;

/** One part of a statement: what it takes, and its words once it is known under which numbers. */
interface Part {
  readonly name: string;
  readonly values: readonly unknown[];
  sql(t: TableNames, given: readonly string[], isAccepted: (column: string) => string): string;
}

/**
 * Makes many creations and checkpoints one statement, and so one commit. Each is accepted or refused for itself: a creation by its id, a checkpoint by its worker and fence. What goes
 * with it (entries, events) is written where it was accepted. A row that another transaction has just changed is looked at anew under its lock before it is
 * changed, so no checkpoint passes a claim that was committed before it.
 */
export class WriteStatements {
  readonly #tables: TableNames;
  /** By their names; the words of a batch do not depend on what is in it. */
  readonly #texts = new Map<string, string>();

  constructor(tables: TableNames) {
    this.#tables = tables;
  }

  /**
   * @param writes Sorted by id, one a saga: rows are locked in that order, and two batches cannot wait for each other.
   * @param keyed Also ends sagas that have a business key; whoever asks for that passes the key on.
   */
  of(writes: readonly Write[], keyed = false): PostgresQuery {
    const creations = writes.filter((write): write is Creation => write.kind === 'create');
    const changes = writes.filter((write): write is Change => write.kind === 'change');
    const parts: Part[] = [];
    if (creations.length > 0) parts.push(created(creations));
    const adding = changes.filter(({ adds }) => adds);
    if (adding.length > 0) parts.push(held(adding));
    if (adding.length < changes.length) parts.push(changed(adding.length > 0 ? changes.filter(({ adds }) => !adds) : changes, keyed));
    const accepting = parts.length;
    parts.push(noted(writes));
    if (writes.some(({ events }) => events.length > 0)) parts.push(kept(writes));
    const name = `tutti-${this.#tables.schema}-${parts.map((part) => part.name).join('-')}`;
    const text = this.#texts.get(name) ?? this.#textOf(parts, accepting);
    this.#texts.set(name, text);
    return { name, text, values: [...parts.flatMap(({ values }) => values), writes.length] };
  }

  #textOf(parts: readonly Part[], accepting: number): string {
    const accepted = parts
      .slice(0, accepting)
      .map(({ name }) => `SELECT id FROM ${name}`)
      .join(' UNION ALL ');
    let number = 0;
    const next = (): string => `$${++number}`;
    // an expression, not a condition: looked up in a table of hashes, whatever the planner thinks of joins
    const isAccepted = (column: string): string => `(${column} IN (${accepted})) IS TRUE`;
    const words = parts.map((part) => `${part.name} AS (${part.sql(this.#tables, part.values.map(next), isAccepted)})`);
    return `WITH ${words.join(',\n')}
      SELECT ${now} AS now, count(*)::int AS accepted, CASE WHEN count(*) < ${next()}::int THEN json_agg(id)::text END AS ids FROM (${accepted}) AS a`;
  }
}

/** Ids of those that were accepted. */
export function acceptedOf(writes: readonly Write[], row: Readonly<Record<string, unknown>> | undefined): ReadonlySet<string> {
  if (Number(row?.['accepted']) === writes.length) return new Set(writes.map(({ id }) => id));
  return new Set(JSON.parse(String(row?.['ids'] ?? '[]')) as string[]);
}

function created(creations: readonly Creation[]): Part {
  const texts = (of: (creation: Creation) => string | undefined): Buffer => textArray(creations.map((each) => of(each) ?? null));
  const floats = (of: (creation: Creation) => number | undefined): Buffer => floatArray(creations.map((each) => of(each) ?? null));
  return {
    name: 'created',
    values: [
      texts(({ id }) => id),
      texts(({ saga }) => saga.saga),
      texts(({ saga }) => saga.fingerprint),
      texts(({ saga }) => saga.input),
      texts(({ call }) => call),
      texts(({ saga }) => saga.call.tenantid),
      floats(({ saga }) => saga.createdAt),
      floats(({ saga }) => saga.deadline),
      texts(({ saga }) => saga.lockKey),
      texts(({ status }) => status),
      texts(({ hold }) => hold?.worker),
      floats(({ hold }) => hold?.leaseMs),
      floats(({ dueAt }) => dueAt),
    ],
    sql: (
      t,
      [id, saga, graph, input, call, tenant, createdAt, deadline, key, status, worker, lease, dueAt],
    ) => `INSERT INTO ${t.sagas} (id, saga, fingerprint, input, call, tenant, created_at, deadline, lock_key, line_no, status, fence, owner, due_at)
      SELECT c.id, c.saga, c.fingerprint, c.input, c.call, c.tenant, c.created_at, c.deadline, c.lock_key,
        CASE WHEN c.status = 'queued' THEN nextval('${t.line}') END, c.status, CASE WHEN c.worker IS NULL THEN 0 ELSE 1 END, c.worker,
        CASE WHEN c.worker IS NULL THEN GREATEST(c.due_at, ${now}) ELSE ${now} + c.lease END
      FROM unnest(${id}::text[], ${saga}::text[], ${graph}::text[], ${input}::text[], ${call}::text[], ${tenant}::text[], ${createdAt}::float8[],
        ${deadline}::float8[], ${key}::text[], ${status}::text[], ${worker}::text[], ${lease}::float8[], ${dueAt}::float8[])
        AS c(id, saga, fingerprint, input, call, tenant, created_at, deadline, lock_key, status, worker, lease, due_at)
      ON CONFLICT (id) DO NOTHING RETURNING id`,
  };
}

/** Which sagas, who holds them, and how they are said to be. */
function stateOf(changes: readonly Change[]): readonly unknown[] {
  return [
    textArray(changes.map(({ id }) => id)),
    textArray(changes.map(({ worker }) => worker)),
    intArray(changes.map(({ fence }) => fence)),
    textArray(changes.map(({ status }) => status)),
    intArray(changes.map(({ answered }) => answered)),
  ];
}

/** Those whose row stays as it is. */
function held(changes: readonly Change[]): Part {
  return {
    name: 'held',
    values: stateOf(changes),
    sql: (t, [id, worker, fence, status, answered]) => `SELECT s.id FROM ${t.sagas} AS s
      JOIN unnest(${id}::text[], ${worker}::text[], ${fence}::int[], ${status}::text[], ${answered}::int[]) AS h(id, worker, fence, status, answered)
        ON s.id = h.id AND s.fence = h.fence AND s.owner = h.worker AND s.status = h.status AND s.answered = h.answered
      ORDER BY s.id FOR NO KEY UPDATE OF s`,
  };
}

function changed(changes: readonly Change[], keyed: boolean): Part {
  return {
    name: keyed ? 'ended' : 'changed',
    values: [...stateOf(changes), floatArray(changes.map(({ dueAt }) => dueAt)), textArray(changes.map(({ given }) => given))],
    sql: (
      t,
      [id, worker, fence, status, answered, dueAt, given],
    ) => `UPDATE ${t.sagas} AS s SET status = g.status, answered = g.answered, given = g.given,
        owner = CASE WHEN g.due_at IS NULL THEN s.owner END,
        due_at = CASE WHEN g.due_at IS NULL THEN s.due_at WHEN g.status IN ${over} THEN ${never}
          WHEN s.asked_count > g.answered AND g.due_at < 'Infinity' THEN ${now} ELSE GREATEST(g.due_at, ${now}) END,
        ended_at = CASE WHEN g.status IN ${over} THEN ${now} END
      FROM unnest(${id}::text[], ${worker}::text[], ${fence}::int[], ${status}::text[], ${answered}::int[], ${dueAt}::float8[], ${given}::text[])
        AS g(id, worker, fence, status, answered, due_at, given)
      WHERE s.id = g.id AND s.fence = g.fence AND s.owner = g.worker${keyed ? '' : ` AND (s.lock_key IS NULL OR g.status NOT IN ${over})`}
      RETURNING s.id`,
  };
}

function noted(writes: readonly Write[]): Part {
  const [ids, seqs, bodies]: [string[], number[], string[]] = [[], [], []];
  for (const { id, entries } of writes)
    for (const { seq, body } of entries) {
      ids.push(id);
      seqs.push(seq);
      bodies.push(body);
    }
  return {
    name: 'noted',
    values: [textArray(ids), intArray(seqs), textArray(bodies)],
    sql: (t, [id, seq, body], isAccepted) => `INSERT INTO ${t.journal} (saga_id, seq, body)
      SELECT e.saga_id, e.seq, e.body FROM unnest(${id}::text[], ${seq}::int[], ${body}::text[]) AS e(saga_id, seq, body)
      WHERE ${isAccepted('e.saga_id')} ON CONFLICT (saga_id, seq) DO UPDATE SET body = excluded.body`,
  };
}

function kept(writes: readonly Write[]): Part {
  const events = writes.flatMap(({ id, events: each }) => each.map((event) => ({ ...event, sagaId: id })));
  return {
    name: 'kept',
    values: [
      textArray(events.map(({ sagaId }) => sagaId)),
      textArray(events.map(({ id }) => id)),
      textArray(events.map(({ body }) => body)),
    ],
    sql: (t, [sagaId, id, body], isAccepted) => `INSERT INTO ${t.outbox} (id, body)
      SELECT v.id, v.body FROM unnest(${sagaId}::text[], ${id}::text[], ${body}::text[]) AS v(saga_id, id, body)
      WHERE ${isAccepted('v.saga_id')} ON CONFLICT (id) DO NOTHING`,
  };
}
