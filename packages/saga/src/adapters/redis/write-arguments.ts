import { createHash } from 'node:crypto';
import type { RedisArgument } from '@tutti/core/redis';
import type { JournalEntry } from '../../store/journal-entry.ts';
import type { StoredEvent } from '../../store/saga-outbox.ts';
import { isOver, isParked, type NewSaga } from '../../store/saga-record.ts';
import type { Checkpoint, CreateOptions } from '../../store/saga-store.ts';
import { never } from './saga-hash.ts';

/** What the claimable sagas are sorted by: name and graph. That of a name alone is its beginning. */
export const kindOf = (saga: string, fingerprint: string): string => JSON.stringify([saga, fingerprint]);
export const beginningOfKind = (saga: string): string => `[${JSON.stringify(saga)},`;

/** Sorts by creation, and then by id. Scripts write it the same way. */
const placeOf = (createdAt: number, id: string): string => createdAt.toFixed(3).padStart(18, '0') + id;
export const isPlace = (text: string): boolean => /^\d{14}\.\d{3}./s.test(text);

/** Who holds a saga under which fence, as one word; nobody is an empty name. */
export const holderOf = (fence: number, worker: string): string => `${fence} ${worker}`;

/** What the script of writes wants to know of a saga that is created: three numbers of what follows, then the head, the fields and the events. */
export function createArguments(saga: NewSaga, options: CreateOptions): readonly RedisArgument[] {
  const { hold, whenLocked = 'queue', queuedUntil, events = [] } = options;
  const { id, fingerprint, input, call, createdAt, deadline, lockKey, entries } = saga;
  const kind = kindOf(saga.saga, fingerprint);
  const fields: RedisArgument[] = ['kind', kind, 'input', input, 'call', JSON.stringify(call), 'at', createdAt];
  if (deadline !== undefined) fields.push('until', deadline);
  if (lockKey !== undefined) fields.push('key', lockKey);
  if (call.tenantid !== undefined) fields.push('tenant', call.tenantid);
  addEntries(fields, entries);
  const lock = lockKey === undefined ? 'none' : whenLocked;
  const head = [id, hold ? holderOf(1, hold.worker) : '', Math.ceil(hold?.leaseMs ?? 0), lock, lockKey ?? ''];
  const until = Math.ceil(queuedUntil ?? never);
  return ['c', fields.length, events.length, ...head, until, kind, placeOf(createdAt, id), ...fields, ...flat(events)];
}

/** @param number Higher than that of any checkpoint of the saga before. */
export function checkpointArguments(checkpoint: Checkpoint, number: number): readonly RedisArgument[] {
  const { id, fence, worker, status, entries, dueAt, answered, events = [] } = checkpoint;
  const fields: RedisArgument[] = answered > 0 ? ['a', answered] : [];
  addEntries(fields, entries);
  const ends = isOver(status) || isParked(status);
  const release = ends || dueAt === undefined ? '' : Math.ceil(dueAt);
  const word = ends || dueAt !== undefined ? wordOf(checkpoint, [status, release, ...fields, ...events.map((event) => event.id)]) : '';
  return ['k', fields.length, events.length, id, holderOf(fence, worker), number, status, release, word, ...fields, ...flat(events)];
}

/** Tells a checkpoint that gives its saga back from all others: by it one is known that is made again because nobody answered. */
function wordOf({ fence, worker }: Checkpoint, content: readonly RedisArgument[]): string {
  return `${holderOf(fence, worker)} ${createHash('sha1').update(JSON.stringify(content)).digest('base64').slice(0, 16)}`;
}

function addEntries(fields: RedisArgument[], entries: readonly JournalEntry[]): void {
  for (const entry of entries) fields.push(entry.seq, JSON.stringify(entry));
}

const flat = (events: readonly StoredEvent[]): readonly string[] => events.flatMap(({ id, body }) => [id, body]);
