import type { Row } from '@tutti/core/sqlite';
import type { SagaRecord, SagaStatus, SagaSummary } from '../../store/saga-record.ts';

/** When a saga is due that waits for no time, but for somebody: the key, or a request. */
export const never: number = Number.MAX_SAFE_INTEGER;

export const summaryColumns = 'no, id, saga, fingerprint, status, fence, owner, due_at, created_at, ended_at, lock_key, tenant';

/** Everything of a saga in one read, so that it is of one moment. Bodies are JSON already and need only their commas. */
export const recordColumns = `s.no, s.id, s.saga, s.fingerprint, s.status, s.fence, s.owner, s.due_at, s.created_at, s.ended_at, s.lock_key, s.deadline, s.call,
  (SELECT body FROM saga_journal WHERE no = s.no AND seq = 0) AS input,
  (SELECT group_concat(body, ',' ORDER BY seq) FROM saga_journal WHERE no = s.no AND seq > 0) AS entries,
  iif(s.asked = 0, NULL, (SELECT group_concat(body, ',' ORDER BY nth) FROM saga_requests WHERE no = s.no)) AS requests`;

export function recordOf(row: Row): SagaRecord {
  return {
    ...stateOf(row),
    input: String(row['input']),
    call: JSON.parse(String(row['call'])),
    ...(row['deadline'] !== null && { deadline: Number(row['deadline']) }),
    entries: listOf(row['entries']),
    asked: listOf(row['requests']),
  };
}

export function summaryOf(row: Row): SagaSummary {
  return { ...stateOf(row), ...(row['tenant'] !== null && { tenant: String(row['tenant']) }) };
}

function stateOf(row: Row): Omit<SagaSummary, 'tenant'> {
  return {
    id: String(row['id']),
    saga: String(row['saga']),
    fingerprint: String(row['fingerprint']),
    createdAt: Number(row['created_at']),
    status: row['status'] as SagaStatus,
    fence: Number(row['fence']),
    dueAt: Number(row['due_at'] ?? never),
    ...(row['owner'] !== null && { owner: String(row['owner']) }),
    ...(row['ended_at'] !== null && { endedAt: Number(row['ended_at']) }),
    ...(row['lock_key'] !== null && { lockKey: String(row['lock_key']) }),
  };
}

/** JSON texts with commas between them. */
function listOf<T>(joined: Row[string] | undefined): readonly T[] {
  return typeof joined === 'string' ? (JSON.parse(`[${joined}]`) as readonly T[]) : [];
}
