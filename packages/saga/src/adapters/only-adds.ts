import type { JournalEntry } from '../store/journal-entry.ts';
import { isOver, isParked } from '../store/saga-record.ts';
import type { Checkpoint } from '../store/saga-store.ts';

/** Entries that come with a change of the saga itself. */
const changing: ReadonlySet<JournalEntry['what']> = new Set(['compensating', 'asked']);

/**
 * Whether a checkpoint looks as if it only adds to the journal, as most do: then the row of its saga need not be written, only held and found as the
 * checkpoint says. Where that is not so after all, the whole row is written.
 */
export function onlyAdds({ status, dueAt, entries }: Pick<Checkpoint, 'status' | 'dueAt' | 'entries'>): boolean {
  if (entries.length === 0 || dueAt !== undefined || isOver(status) || isParked(status)) return false;
  return !entries.some(({ what }) => changing.has(what));
}
