import type { JournalEntry } from '../../store/journal-entry.ts';
import type { StoredEvent } from '../../store/saga-outbox.ts';
import type { NewSaga, SagaStatus } from '../../store/saga-record.ts';
import { isOver, isParked } from '../../store/saga-record.ts';
import type { Checkpoint, CreateOptions } from '../../store/saga-store.ts';
import { onlyAdds } from '../only-adds.ts';

interface Written {
  readonly id: string;
  readonly entries: readonly { readonly seq: number; readonly body: string }[];
  readonly events: readonly StoredEvent[];
  /** Roughly, in characters. */
  readonly size: number;
}

/** A new saga as it goes into the tables. */
export interface Creation extends Written {
  readonly kind: 'create';
  readonly saga: NewSaga;
  readonly call: string;
  readonly status: 'running' | 'queued';
  readonly hold: CreateOptions['hold'];
  /** Absolute, where nobody holds it. */
  readonly dueAt: number;
}

/** A checkpoint as it goes into the tables. */
export interface Change extends Written {
  readonly kind: 'change';
  readonly worker: string;
  readonly fence: number;
  readonly status: SagaStatus;
  readonly answered: number;
  /** Absolute; null while it stays held. */
  readonly dueAt: number | null;
  /** Which checkpoint gave the saga back, or had statements, so that the same one is known again when nobody heard that it was written. */
  readonly given: string | null;
  /** Only its journal grows: the row is held, and must be as the change says. */
  readonly adds: boolean;
}

export type Write = Creation | Change;

export function creationOf(saga: NewSaga, { hold, queuedUntil, events = [] }: CreateOptions, status: Creation['status']): Creation {
  const entries = saga.entries.map(written);
  const call = JSON.stringify(saga.call);
  const queued = status === 'queued';
  return {
    kind: 'create',
    id: saga.id,
    saga,
    call,
    status,
    hold: queued ? undefined : hold,
    dueAt: queued ? (queuedUntil ?? Number.POSITIVE_INFINITY) : 0,
    entries,
    events,
    size: saga.input.length + call.length + sizeOf(entries, events),
  };
}

export function changeOf(checkpoint: Checkpoint): Change {
  const { id, worker, fence, status, answered, dueAt, entries, events = [], statements = [] } = checkpoint;
  const notes = entries.map(written);
  const gives = dueAt !== undefined || isOver(status) || isParked(status);
  return {
    kind: 'change',
    id,
    worker,
    fence,
    status,
    answered,
    dueAt: gives ? (isParked(status) ? Number.POSITIVE_INFINITY : (dueAt ?? 0)) : null,
    given:
      gives || statements.length > 0
        ? signOf([worker, status, String(dueAt), ...notes.map(({ body }) => body), ...events.map((event) => event.id)])
        : null,
    adds: statements.length === 0 && onlyAdds(checkpoint),
    entries: notes,
    events,
    size: sizeOf(notes, events),
  };
}

const written = (entry: JournalEntry): { readonly seq: number; readonly body: string } => ({ seq: entry.seq, body: JSON.stringify(entry) });

/** Short, and another for another checkpoint: FNV-1a, twice over. */
function signOf(texts: readonly string[]): string {
  let [one, two] = [0x811c9dc5, 0x1000193];
  for (const text of texts) {
    for (let index = 0; index < text.length; index++) {
      one = Math.imul(one ^ text.charCodeAt(index), 0x01000193);
      two = Math.imul(two ^ text.charCodeAt(index), 0x85ebca6b);
    }
    one = Math.imul(one ^ 0xffff, 0x01000193);
    two = Math.imul(two ^ 0xffff, 0x85ebca6b);
  }
  return `${(one >>> 0).toString(36)}${(two >>> 0).toString(36)}`;
}

function sizeOf(entries: Written['entries'], events: readonly StoredEvent[]): number {
  let size = 200;
  for (const { body } of entries) size += 50 + body.length;
  for (const { body } of events) size += 50 + body.length;
  return size;
}
