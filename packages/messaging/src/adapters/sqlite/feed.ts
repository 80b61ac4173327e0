import { type CloudEvent, deadlineWheel, type Runtime, type Statement, TuttiError } from '@tutti/core';
import type { SqliteDatabase } from '@tutti/core/sqlite';
import { decodeEvent } from '../../transport/encoded-event.ts';
import type { Delivery, InboxWindow, Outcome } from '../../transport/event-transport.ts';
import type { OutboxFeed } from '../../transport/outbox-transport.ts';
import type { Claimed } from './claim.ts';
import { HeldReceipts } from './held-receipts.ts';
import { receiptOf } from './receipt.ts';
import { inboxTable, Settlement } from './settlement.ts';
import { Taking } from './taking.ts';

export interface SqliteFeedOptions {
  readonly database: SqliteDatabase;
  readonly runtime: Runtime;
  /** The row of the subscription. */
  readonly subscription: number;
  readonly pattern: string;
  readonly leaseMs: number;
  readonly ordered: boolean;
  readonly inbox: InboxWindow | undefined;
  readonly onClose: (feed: OutboxFeed) => void;
}

export class SqliteFeed implements OutboxFeed {
  readonly #options: SqliteFeedOptions;
  readonly #taking: Taking;
  readonly #held: HeldReceipts;
  readonly #stopListening: () => void;
  readonly #receiving = new Set<Promise<readonly Delivery[]>>();
  /** Ends the waits; each then looks again. */
  readonly #waiting = new Set<() => void>();
  /** Counts commits: something may be there that a look before did not see. */
  #rings = 0;
  #closing: Promise<void> | undefined;

  constructor(options: SqliteFeedOptions) {
    const { database } = options;
    this.#options = options;
    this.#taking = new Taking(options);
    this.#held = new HeldReceipts(options);
    this.#stopListening = database.onCommit(() => {
      this.#rings++;
      this.#wakeAll();
    });
  }

  async receive(max: number, waitMs: number, signal: AbortSignal): Promise<readonly Delivery[]> {
    const receiving = this.#receive(max, waitMs, signal);
    this.#receiving.add(receiving);
    try {
      return await receiving;
    } finally {
      this.#receiving.delete(receiving);
    }
  }

  async settle(outcomes: readonly Outcome[]): Promise<readonly boolean[]> {
    return this.#closing || outcomes.length === 0 ? outcomes.map(() => false) : this.#settle(outcomes);
  }

  async commit(receipt: string, statements: readonly Statement[]): Promise<boolean> {
    if (this.#closing) return false;
    const settlement = this.#settlement([{ kind: 'ack', receipt }]);
    if (settlement.statements.length === 0) return false;
    const fenced = settlement.statements.map((statement, index) => ({
      ...statement,
      ...(index === settlement.fence && { expectedRows: 1 }),
    }));
    try {
      await this.#options.database.write({ name: 'bus.commit', statements: [...fenced, ...statements] });
    } catch (error) {
      // a fence never holds again: so it is asked which of the two it was
      if (TuttiError.is(error, 'WRITE_CONFLICT') && !(await this.#held.stillHeld(receipt))) return false;
      throw error;
    }
    this.#held.delete(receipt);
    return true;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#stopListening();
    this.#wakeAll();
    try {
      await Promise.allSettled(this.#receiving); // who asked is told
      if (this.#held.size > 0) await this.#settle(Array.from(this.#held.receipts(), (receipt) => ({ kind: 'release', receipt })));
    } finally {
      this.#options.onClose(this);
    }
  }

  async #receive(max: number, waitMs: number, signal: AbortSignal): Promise<readonly Delivery[]> {
    const { clock } = this.#options.runtime;
    const endsAt = clock.now() + waitMs;
    while (!this.#closing && !signal.aborted) {
      const rings = this.#rings;
      const { claimed, unfinished, nextDueAt } = await this.#taking.take(max, this.#now());
      const deliveries = await this.#deliver(claimed);
      if (this.#closing) return []; // what was claimed meanwhile is released with the rest
      if (deliveries.length > 0) return deliveries;
      if (unfinished) continue;
      if (clock.now() >= endsAt) return [];
      if (signal.aborted || rings !== this.#rings) continue;
      await this.#wait(Math.min(endsAt, clock.now() + Math.max(1, nextDueAt - clock.epoch())), signal);
    }
    return [];
  }

  /** Marks what was handled before: asked after the claim, so that whatever was acknowledged before it counts. */
  async #deliver(claimed: readonly Claimed[]): Promise<readonly Delivery[]> {
    if (claimed.length === 0) return [];
    const deliveries = claimed.map((each) => {
      const receipt = receiptOf(each);
      const event = decodeEvent(each.text);
      this.#held.add(receipt, identityOf(event));
      return { receipt, attempt: each.attempt, event, handled: false, takenOver: each.takenOver, replayedFrom: each.replayedFrom };
    });
    await this.#held.forgetLost();
    const handled = await this.#handled(deliveries);
    if (handled.size === 0) return deliveries;
    return deliveries.map((each) => {
      const identity = each.replayedFrom === undefined ? this.#held.identityOf(each.receipt) : undefined;
      return { ...each, handled: identity !== undefined && handled.has(identity) };
    });
  }

  async #handled(deliveries: readonly Delivery[]): Promise<ReadonlySet<string>> {
    const { database, subscription, inbox } = this.#options;
    if (!inbox) return new Set();
    const identities = deliveries.map(({ receipt }) => this.#held.identityOf(receipt)).filter((identity) => identity !== undefined);
    const rows = await database.read(inboxTable.handledSql, [subscription, JSON.stringify(identities)]);
    return new Set(rows.map(({ identity }) => String(identity)));
  }

  async #settle(outcomes: readonly Outcome[]): Promise<readonly boolean[]> {
    const settlement = this.#settlement(outcomes);
    const results = await this.#options.database.write({ name: 'bus.settle', statements: settlement.statements });
    for (const { kind, receipt } of outcomes) if (kind !== 'extend') this.#held.delete(receipt);
    return settlement.verdicts(results);
  }

  #settlement(outcomes: readonly Outcome[]): Settlement {
    const identityOf = (receipt: string): string | undefined => this.#held.identityOf(receipt);
    return new Settlement({ ...this.#options, now: this.#now(), identityOf }, outcomes);
  }

  /** Until something is committed, `at` comes, `signal` is aborted or the feed is closed. */
  #wait(at: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        deadline.cancel();
        signal.removeEventListener('abort', wake);
        this.#waiting.delete(wake);
        resolve();
      };
      const deadline = deadlineWheel(this.#options.runtime.clock).at(at, wake);
      signal.addEventListener('abort', wake, { once: true });
      this.#waiting.add(wake);
    });
  }

  #wakeAll(): void {
    for (const wake of this.#waiting) wake();
  }

  #now(): number {
    return Math.floor(this.#options.runtime.clock.epoch());
  }
}

/** `source` and `id`, where it is an event. */
function identityOf(event: unknown): string | undefined {
  const { source, id } = (typeof event === 'object' && event !== null ? event : {}) as Partial<CloudEvent>;
  return typeof source === 'string' && typeof id === 'string' ? `${source}\n${id}` : undefined;
}
