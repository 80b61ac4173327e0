import type { SagaRecord, SagaRequest, SagaStatus, SagaSummary } from '../../store/saga-record.ts';

type Row = Readonly<Record<string, unknown>>;

export const summaryColumns = 'id, saga, fingerprint, status, created_at, fence, due_at, owner, ended_at, lock_key, tenant';
export const recordColumns: string = `${summaryColumns}, input, call, deadline, array_to_json(asked)::text AS asked`;

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const number = (value: unknown): number | undefined => (value === null || value === undefined ? undefined : Number(value));
/** What waits for no time, as a number that JSON knows. */
const dueAtOf = (value: unknown): number => Math.min(Number(value), Number.MAX_SAFE_INTEGER);

export function summaryOf(row: Row): SagaSummary {
  const [owner, endedAt, lockKey, tenant] = [text(row['owner']), number(row['ended_at']), text(row['lock_key']), text(row['tenant'])];
  return {
    id: String(row['id']),
    saga: String(row['saga']),
    fingerprint: String(row['fingerprint']),
    status: row['status'] as SagaStatus,
    createdAt: Number(row['created_at']),
    fence: Number(row['fence']),
    dueAt: dueAtOf(row['due_at']),
    ...(owner !== undefined && { owner }),
    ...(endedAt !== undefined && { endedAt }),
    ...(lockKey !== undefined && { lockKey }),
    ...(tenant !== undefined && { tenant }),
  };
}

/** @param entries JSON of an array. */
export function recordOf(row: Row, entries: unknown): SagaRecord {
  const { tenant: _, ...summary } = summaryOf(row);
  const deadline = number(row['deadline']);
  const asked = JSON.parse(String(row['asked'])) as readonly string[];
  return {
    ...summary,
    input: String(row['input']),
    call: JSON.parse(String(row['call'])),
    ...(deadline !== undefined && { deadline }),
    entries: JSON.parse(String(entries ?? '[]')),
    asked: asked.map((request) => JSON.parse(request) as SagaRequest),
  };
}

/** Entries as one text, so that nothing has to be taken out of an array of the server. */
export const journalText = `'[' || string_agg(body, ',' ORDER BY seq) || ']'`;
