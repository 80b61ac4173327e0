import type { RedisReply } from '@tutti/core/redis';
import type { JournalEntry } from '../../store/journal-entry.ts';
import type { SagaRecord, SagaRequest, SagaStatus, SagaSummary } from '../../store/saga-record.ts';

/** When a saga is due that waits for no time, but for somebody: the key, or a request. */
export const never: number = Number.MAX_SAFE_INTEGER;

/** A saga from its hash: entries under their numbers, requests under `q1`, `q2` …. */
export function recordOf(id: string, dueAt: RedisReply, reply: RedisReply): SagaRecord {
  const fields = reply as readonly Buffer[];
  const named = new Map<string, string>();
  const entries: JournalEntry[] = [];
  for (let at = 0; at < fields.length; at += 2) {
    const [name, value] = [String(fields[at]), String(fields[at + 1])];
    if (Number(name) > 0) entries.push(JSON.parse(value) as JournalEntry);
    else named.set(name, value);
  }
  const text = (name: string): string => named.get(name) ?? '';
  const requests = Number(named.get('q') ?? 0);
  const asked = Array.from({ length: requests }, (_, index) => JSON.parse(text(`q${index + 1}`)) as SagaRequest);
  const [until, key] = [named.get('until'), named.get('key')];
  return {
    id,
    ...graphOf(text('kind')),
    input: text('input'),
    call: JSON.parse(text('call')),
    createdAt: Number(text('at')),
    ...(until !== undefined && { deadline: Number(until) }),
    ...(key !== undefined && { lockKey: key }),
    status: text('s') as SagaStatus,
    entries: entries.sort((a, b) => a.seq - b.seq),
    asked,
    ...heldBy(text('h'), dueAt),
    ...(named.has('end') && { endedAt: Number(named.get('end')) }),
  };
}

/** A row of the list: place, id, due time, and status, kind, tenant, creation, holder, end, business key. */
export function summaryOf(row: readonly RedisReply[]): SagaSummary {
  const [status, kind, tenant, createdAt, holder, endedAt, lockKey] = row[3] as readonly (Buffer | null)[];
  return {
    id: String(row[1]),
    ...graphOf(String(kind)),
    status: String(status) as SagaStatus,
    createdAt: Number(String(createdAt)),
    ...heldBy(String(holder), row[2] as RedisReply),
    ...(endedAt && { endedAt: Number(String(endedAt)) }),
    ...(lockKey && { lockKey: String(lockKey) }),
    ...(tenant && { tenant: String(tenant) }),
  };
}

export function graphOf(kind: string): { readonly saga: string; readonly fingerprint: string } {
  const [saga = '', fingerprint = ''] = JSON.parse(kind) as readonly string[];
  return { saga, fingerprint };
}

function heldBy(holder: string, dueAt: RedisReply): { readonly fence: number; readonly dueAt: number; readonly owner?: string } {
  const [space, due] = [holder.indexOf(' '), String(dueAt)];
  const owner = holder.slice(space + 1);
  return { fence: Number(holder.slice(0, space)), dueAt: due === '' ? never : Number(due), ...(owner !== '' && { owner }) };
}
