import type { SqlValue } from '@tutti/core';
import type { SqliteDatabase } from '@tutti/core/sqlite';
import { compilePattern, type TypeMatcher } from '../../pattern/event-pattern.ts';
import type { Level } from '../priority-backlog.ts';

/** Seqs looked through in one read while searching for matching events. */
const stride = 4_096;
/** Events behind others of their subjects that one search goes past: what it finds is written in one claim. */
const maxBehind = 1_024;

export interface NewEvent {
  readonly seq: number;
  /** Of an ordered subscription. */
  readonly subject: string | null;
  /** A text, unless somebody outside the kit wrote it. */
  readonly body: SqlValue;
}

/** Looks for events that a subscription was not given yet, and that may be given. */
export class Search {
  readonly #database: SqliteDatabase;
  readonly #subscription: number;
  readonly #ordered: boolean;
  readonly #matches: TypeMatcher;
  /** Lets through all that match, and then some. */
  readonly #glob: string;

  constructor({ database, subscription, pattern, ordered }: SearchOptions) {
    this.#database = database;
    this.#subscription = subscription;
    this.#ordered = ordered;
    this.#matches = compilePattern(pattern);
    this.#glob = pattern.replaceAll('**', '*');
  }

  /** Adds at most `count` that may go to what was found, and whatever waits behind others of its subject. False when it got no further, for now. */
  async more(found: Found, count: number): Promise<boolean> {
    const wanted = found.free.length + count;
    for (let limit = count; found.upTo < found.newest && found.free.length < wanted && found.behind.length < maxBehind; limit *= 2) {
      const to = Math.min(found.newest, found.upTo + stride);
      const atMost = Math.min(limit, maxBehind);
      const rows = await this.#database.read(pageSql, [found.level, found.upTo, to, this.#glob, atMost]);
      const page = rows.filter(({ type }) => this.#matches(type as string)) as unknown as readonly NewEvent[];
      if (this.#ordered) await this.#noteBusy(found, page);
      for (const event of page) {
        this.#add(found, event);
        found.upTo = event.seq;
        if (found.free.length === wanted) return true;
      }
      found.upTo = rows.length < atMost ? to : Number(rows.at(-1)?.['seq']);
    }
    return false;
  }

  /** Of a subject the first may go, if none is begun. */
  #add(found: Found, event: NewEvent): void {
    const { subject } = event;
    if (!this.#ordered || subject === null) found.free.push(event);
    else if (found.busy.has(subject)) found.behind.push(event);
    else {
      found.busy.add(subject);
      found.free.push(event);
    }
  }

  /** The claim looks again: this only says how far to search. */
  async #noteBusy({ level, busy }: Found, page: readonly NewEvent[]): Promise<void> {
    const subjects = new Set(page.map(({ subject }) => subject).filter((subject) => subject !== null && !busy.has(subject)));
    if (subjects.size === 0) return;
    const begun = await this.#database.read(busySql, [this.#subscription, level, JSON.stringify([...subjects])]);
    for (const { subject } of begun) busy.add(String(subject));
  }
}

export interface SearchOptions {
  readonly database: SqliteDatabase;
  readonly subscription: number;
  readonly pattern: string;
  readonly ordered: boolean;
}

/** New events of one priority that a claim may take, and how far the search for them got. */
export class Found {
  readonly level: Level;
  readonly newest: number;
  upTo: number;
  readonly free: NewEvent[] = [];
  /** Events that wait for another of their subject. */
  readonly behind: NewEvent[] = [];
  /** Subjects of which one is on its way. */
  readonly busy: Set<string> = new Set();

  constructor(level: Level, from: number, newest: number) {
    this.level = level;
    this.upTo = from;
    this.newest = newest;
  }
}

const pageSql = `SELECT seq, type, subject, body FROM bus_events
  WHERE priority = ?1 AND seq > ?2 AND seq <= ?3 AND type GLOB ?4 ORDER BY seq LIMIT ?5`;
const busySql = `SELECT value AS subject FROM json_each(?3) j
  WHERE EXISTS (SELECT 1 FROM bus_deliveries WHERE subscription = ?1 AND priority = ?2 AND subject = j.value)`;
