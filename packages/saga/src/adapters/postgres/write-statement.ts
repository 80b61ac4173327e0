import { floatArray, intArray, textArray } from './array-parameter.ts';
import type { PostgresQuery } from './pg-client.ts';
import { never, now, type TableNames } from './tables.ts';
import type { Change, Creation, Write } from './writes.ts';

const over = `('completed', 'compensated')`;

/**
 * Many creations and checkpoints as one statement, and so one commit. Each is accepted or refused for itself: a creation by its id, a checkpoint by its
 * worker and fence. What goes with it (entries, events) is written where it was accepted. A row that another transaction has just changed is looked at anew under its
 * lock before it is changed, so no checkpoint passes a claim that was committed before it.
 *
 * Writes must be sorted by id, one a saga: rows are locked in that order, and two batches cannot wait for each other.
 *
 * @param keyed Also ends sagas that have a business key; whoever asks for that passes the key on.
 */
export function writeStatement(t: TableNames, writes: readonly Write[], keyed = false): PostgresQuery {
  const creations = writes.filter((write): write is Creation => write.kind === 'create');
  const changes = writes.filter((write): write is Change => write.kind === 'change');
  const withEvents = writes.some(({ events }) => events.length > 0);
  const values: unknown[] = [];
  const given = (value: unknown): string => `$${values.push(value)}`;
  const parts: string[] = [];
  const accepted: string[] = [];
  if (creations.length > 0) {
    parts.push(`created AS (${create(t, creations, given)})`);
    accepted.push('SELECT id FROM created');
  }
  if (changes.length > 0) {
    parts.push(`changed AS (${change(t, changes, keyed, given)})`);
    accepted.push('SELECT id FROM changed');
  }
  // an expression, not a condition: looked up in a table of hashes whatever the planner thinks of joins
  const isAccepted = (column: string): string => `(${column} IN (${accepted.join(' UNION ALL ')})) IS TRUE`;
  parts.push(`noted AS (${note(t, writes, isAccepted('e.saga_id'), given)})`);
  if (withEvents) parts.push(`kept AS (${keep(t, writes, isAccepted('v.saga_id'), given)})`);
  const ids = accepted.join(' UNION ALL ');
  const text = `WITH ${parts.join(',\n')}
    SELECT ${now} AS now, count(*)::int AS accepted, CASE WHEN count(*) < ${given(writes.length)}::int THEN json_agg(id)::text END AS ids FROM (${ids}) AS a`;
  const name = `tutti-write-${t.schema}-${Number(creations.length > 0)}${Number(changes.length > 0)}${Number(withEvents)}`;
  return keyed ? { text, values } : { name, text, values };
}

/** Ids of those that were accepted. */
export function acceptedOf(writes: readonly Write[], row: Readonly<Record<string, unknown>> | undefined): ReadonlySet<string> {
  if (Number(row?.['accepted']) === writes.length) return new Set(writes.map(({ id }) => id));
  return new Set(JSON.parse(String(row?.['ids'] ?? '[]')) as string[]);
}

type Given = (value: unknown) => string;

function create(t: TableNames, creations: readonly Creation[], given: Given): string {
  const texts = (of: (creation: Creation) => string | undefined): string =>
    `${given(textArray(creations.map((each) => of(each) ?? null)))}::text[]`;
  const floats = (of: (creation: Creation) => number | undefined): string =>
    `${given(floatArray(creations.map((each) => of(each) ?? null)))}::float8[]`;
  const columns = [
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
  ];
  return `INSERT INTO ${t.sagas} (id, saga, fingerprint, input, call, tenant, created_at, deadline, lock_key, line_no, status, fence, owner, due_at)
    SELECT c.id, c.saga, c.fingerprint, c.input, c.call, c.tenant, c.created_at, c.deadline, c.lock_key,
      CASE WHEN c.status = 'queued' THEN nextval('${t.line}') END, c.status, CASE WHEN c.worker IS NULL THEN 0 ELSE 1 END, c.worker,
      CASE WHEN c.worker IS NULL THEN GREATEST(c.due_at, ${now}) ELSE ${now} + c.lease END
    FROM unnest(${columns.join(', ')})
      AS c(id, saga, fingerprint, input, call, tenant, created_at, deadline, lock_key, status, worker, lease, due_at)
    ON CONFLICT (id) DO NOTHING RETURNING id`;
}

function change(t: TableNames, changes: readonly Change[], keyed: boolean, given: Given): string {
  const texts = (of: (each: Change) => string | null): string => `${given(textArray(changes.map(of)))}::text[]`;
  const columns = [
    texts(({ id }) => id),
    texts(({ worker }) => worker),
    `${given(intArray(changes.map(({ fence }) => fence)))}::int[]`,
    texts(({ status }) => status),
    `${given(intArray(changes.map(({ answered }) => answered)))}::int[]`,
    `${given(floatArray(changes.map(({ dueAt }) => dueAt)))}::float8[]`,
    texts((each) => each.given),
  ];
  return `UPDATE ${t.sagas} AS s SET status = g.status, answered = g.answered, given = g.given,
      owner = CASE WHEN g.due_at IS NULL THEN s.owner END,
      due_at = CASE WHEN g.due_at IS NULL THEN s.due_at WHEN g.status IN ${over} THEN ${never} ELSE GREATEST(g.due_at, ${now}) END,
      ended_at = CASE WHEN g.status IN ${over} THEN ${now} END
    FROM unnest(${columns.join(', ')}) AS g(id, worker, fence, status, answered, due_at, given)
    WHERE s.id = g.id AND s.fence = g.fence AND s.owner = g.worker${keyed ? '' : ` AND (s.lock_key IS NULL OR g.status NOT IN ${over})`}
    RETURNING s.id`;
}

function note(t: TableNames, writes: readonly Write[], where: string, given: Given): string {
  const [ids, seqs, bodies]: [string[], number[], string[]] = [[], [], []];
  for (const { id, entries } of writes)
    for (const { seq, body } of entries) {
      ids.push(id);
      seqs.push(seq);
      bodies.push(body);
    }
  return `INSERT INTO ${t.journal} (saga_id, seq, body)
    SELECT e.saga_id, e.seq, e.body
    FROM unnest(${given(textArray(ids))}::text[], ${given(intArray(seqs))}::int[], ${given(textArray(bodies))}::text[]) AS e(saga_id, seq, body)
    WHERE ${where} ON CONFLICT (saga_id, seq) DO UPDATE SET body = excluded.body`;
}

function keep(t: TableNames, writes: readonly Write[], where: string, given: Given): string {
  const events = writes.flatMap(({ id, events: each }) => each.map((event) => ({ sagaId: id, ...event })));
  const texts = (of: (event: (typeof events)[number]) => string): string => `${given(textArray(events.map(of)))}::text[]`;
  return `INSERT INTO ${t.outbox} (id, body)
    SELECT v.id, v.body FROM unnest(${texts(({ sagaId }) => sagaId)}, ${texts(({ id }) => id)}, ${texts(({ body }) => body)}) AS v(saga_id, id, body)
    WHERE ${where} ON CONFLICT (id) DO NOTHING`;
}
