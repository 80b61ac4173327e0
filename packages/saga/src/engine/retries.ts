import type { JournalEntry } from '../store/journal-entry.ts';
import type { Note } from './note.ts';

/** Attempts of a step that the journal keeps one by one; of later ones it keeps the newest. */
const keptAttempts = 10;

/** Knows which entry takes the place of an earlier one, so that a step that is tried for a week does not fill the store. */
export class Retries {
  /** Numbers of the last entries, by step and kind. */
  readonly #last = new Map<string, number>();

  constructor(entries: readonly JournalEntry[]) {
    for (const entry of entries) this.remember(entry, entry.seq);
  }

  /** The number of the entry whose place this one takes, if it takes one. */
  replaces({ what, step, attempt = 0 }: Note): number | undefined {
    return attempt > keptAttempts && isAttempt(what) ? this.#last.get(`${what}/${step}`) : undefined;
  }

  remember({ what, step, attempt = 0, request }: Note, seq: number): void {
    // the attempts of a step that is opened again come after that, and are counted from 1
    if (request?.verb === 'retry') this.#last.clear();
    if (attempt > keptAttempts && isAttempt(what)) this.#last.set(`${what}/${step}`, seq);
  }
}

function isAttempt(what: Note['what']): boolean {
  return what === 'intent' || what === 'attempt-failed' || what === 'undo-intent' || what === 'undo-attempt-failed';
}
