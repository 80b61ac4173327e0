import type { JournalEntry } from '../store/journal-entry.ts';

/** An entry of the journal before it has its place: what happened, without when and by whom. */
export type Note = Omit<JournalEntry, 'seq' | 'at' | 'worker' | 'fence'>;
