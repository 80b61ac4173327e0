import { deadlineWheel, type Runtime, type Statement } from '@tutti/core';
import type { SqliteDatabase } from '@tutti/core/sqlite';
import { compilePattern, type TypeMatcher } from '../pattern/event-pattern.ts';
import { decodeEvent } from '../transport/encoded-event.ts';
import type { Delivery, Outcome } from '../transport/event-transport.ts';
import type { OutboxFeed } from '../transport/outbox-transport.ts';
import { type Claim, claimedOf, claimStatements, type NewEvent, type Outlook, outlookOf, outlookSql, pageSql } from './sqlite-claim.ts';
import { receiptOf, settlement } from './sqlite-settlement.ts';

/** Events looked at in one read while searching for matching ones. */
const pageSize = 128;
/** How far a position may lag behind events that did not match before it is written for its own sake, so that they can be trimmed. */
const maxLag = 1_024;

/** New events a claim may take, and how far the search for them got. */
interface Found {
  readonly fresh: readonly NewEvent[];
  readonly upTo: number;
}

export interface SqliteFeedOptions {
  readonly database: SqliteDatabase;
  readonly runtime: Runtime;
  /** The row of the subscription. */
  readonly subscription: number;
  readonly pattern: string;
  readonly leaseMs: number;
  readonly onClose: (feed: OutboxFeed) => void;
}

export class SqliteFeed implements OutboxFeed {
  readonly #options: SqliteFeedOptions;
  readonly #database: SqliteDatabase;
  readonly #runtime: Runtime;
  readonly #matches: TypeMatcher;
  readonly #stopListening: () => void;
  /** No event between the position and here matches. */
  #searched = 0;
  /** Receipts to release on closing. */
  readonly #held = new Set<string>();
  #receiving: Promise<readonly Delivery[]> = Promise.resolve([]);
  /** Something was committed since the last look. */
  #rung = true;
  #wake: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: SqliteFeedOptions) {
    const { database, runtime, pattern } = options;
    this.#options = options;
    this.#database = database;
    this.#runtime = runtime;
    this.#matches = compilePattern(pattern);
    this.#stopListening = database.onCommit(() => {
      this.#rung = true;
      this.#wake?.();
    });
  }

  receive(max: number, waitMs: number, signal: AbortSignal): Promise<readonly Delivery[]> {
    this.#receiving = this.#receive(max, waitMs, signal);
    return this.#receiving;
  }

  async #receive(max: number, waitMs: number, signal: AbortSignal): Promise<readonly Delivery[]> {
    const { clock } = this.#runtime;
    const endsAt = clock.now() + waitMs;
    while (!this.#closing && !signal.aborted) {
      this.#rung = false;
      const outlook = await this.#look(max);
      const deliveries = await this.#claim(max, outlook);
      if (this.#closing) return []; // what was claimed meanwhile is released with the rest
      if (deliveries.length > 0) return deliveries;
      if (clock.now() >= endsAt) return [];
      await this.#wait(Math.min(endsAt, clock.now() + Math.max(1, outlook.nextDueAt - clock.epoch())), signal);
    }
    return [];
  }

  async settle(outcomes: readonly Outcome[]): Promise<readonly boolean[]> {
    if (this.#closing) return outcomes.map(() => false);
    for (const { kind, receipt } of outcomes) if (kind !== 'extend') this.#held.delete(receipt);
    return this.#write(outcomes);
  }

  async commit(_receipt: string, _statements: readonly Statement[]): Promise<boolean> {
    return false;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { onClose } = this.#options;
    this.#stopListening();
    this.#wake?.();
    try {
      await this.#receiving.catch(() => undefined); // who asked is told
      if (this.#held.size > 0) await this.#write(Array.from(this.#held, (receipt) => ({ kind: 'release', receipt })));
    } finally {
      onClose(this);
    }
  }

  async #write(outcomes: readonly Outcome[]): Promise<readonly boolean[]> {
    const { subscription, leaseMs } = this.#options;
    const times = { now: this.#now(), leaseMs };
    const settlements = outcomes.map((outcome) => settlement(subscription, outcome, times));
    const results = await this.#database.write({ name: 'bus.settle', statements: settlements.flat() });
    let last = -1;
    return settlements.map((statements) => {
      last += statements.length;
      return results[last]?.changes === 1;
    });
  }

  async #look(max: number): Promise<Outlook> {
    const rows = await this.#database.read(outlookSql, [this.#options.subscription, this.#now(), max]);
    return outlookOf(rows[0]);
  }

  async #claim(max: number, { position, due, newest }: Outlook): Promise<readonly Delivery[]> {
    if (position === undefined) return [];
    const { subscription, leaseMs } = this.#options;
    const searchFrom = Math.max(position, this.#searched);
    const { fresh, upTo } = due < max && newest > searchFrom ? await this.#search(searchFrom, max - due) : { fresh: [], upTo: searchFrom };
    if (due === 0 && fresh.length === 0 && upTo - position < maxLag) return [];
    const claim: Claim = { subscription, now: this.#now(), leaseMs, due, fresh, position, advanceTo: upTo };
    const results = await this.#database.write({ name: 'bus.claim', statements: claimStatements(claim) });
    if (results[2]?.changes === 0) this.#rung = true; // another member was faster: look again at once
    return claimedOf(claim, results).map(({ seq, attempt, fence, body }) => {
      const receipt = receiptOf(seq, fence);
      this.#held.add(receipt);
      return { receipt, attempt, event: decodeEvent(body), handled: false, takenOver: false, replayedFrom: undefined };
    });
  }

  /** Matching events after `from`, at most `max`, page by page. */
  async #search(from: number, max: number): Promise<Found> {
    const fresh: NewEvent[] = [];
    let upTo = from;
    for (;;) {
      const page = await this.#database.read(pageSql, [upTo, pageSize]);
      for (const row of page) {
        const { seq, type, body } = row as unknown as NewEvent & { readonly type: string };
        if (this.#matches(type)) fresh.push({ seq, body });
        else if (fresh.length === 0) this.#searched = seq;
        upTo = seq;
        if (fresh.length === max) return { fresh, upTo };
      }
      if (page.length < pageSize) return { fresh, upTo };
    }
  }

  /** Until something is committed, `at` comes, `signal` is aborted or the feed is closed. */
  #wait(at: number, signal: AbortSignal): Promise<void> {
    if (this.#rung || this.#closing || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        deadline.cancel();
        signal.removeEventListener('abort', wake);
        this.#wake = undefined;
        resolve();
      };
      const deadline = deadlineWheel(this.#runtime.clock).at(at, wake);
      signal.addEventListener('abort', wake, { once: true });
      this.#wake = wake;
    });
  }

  #now(): number {
    return Math.floor(this.#runtime.clock.epoch());
  }
}
