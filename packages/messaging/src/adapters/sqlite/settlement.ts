import type { Statement } from '@tutti/core';
import type { StatementResult } from '@tutti/core/sqlite';
import type { InboxWindow, Outcome } from '../../transport/event-transport.ts';
import { HandledTable } from './handled-table.ts';
import { byFence, heldOf, receiptOf } from './receipt.ts';

export const inboxTable: HandledTable = new HandledTable('bus_inbox');

/** Every statement that settles says this, of one delivery or of a list of one fence: with another fence it finds no row, and does nothing. */
const thisHeld = 'subscription = ?1 AND fence = ?2 AND seq = ?3';
const theseHeld = 'subscription = ?1 AND fence = ?2 AND seq IN (SELECT value FROM json_each(?3))';

/** Of a list, those whose fence no longer holds. Asked before anything is changed. */
const lostSql = `SELECT value AS seq FROM json_each(?3) j
  WHERE NOT EXISTS (SELECT 1 FROM bus_deliveries WHERE subscription = ?1 AND fence = ?2 AND seq = j.value)`;
const acknowledgeSql = `DELETE FROM bus_deliveries WHERE ${theseHeld}`;
const extendSql = `UPDATE bus_deliveries SET due_at = ?4 WHERE ${theseHeld}`;
const releaseSql = `UPDATE bus_deliveries SET state = 0, due_at = ?4, fence = fence + 1, attempt = attempt - 1 WHERE ${theseHeld}`;
const postponeSql = `UPDATE bus_deliveries SET state = 0, due_at = ?4, fence = fence + 1, first_failed_at = coalesce(first_failed_at, ?5) WHERE ${thisHeld}`;
/** Where one of a subject is about to be settled, the oldest that waits for it may go. */
const nextOfSubjectSql = `UPDATE bus_deliveries SET state = 0, due_at = ?4 WHERE subscription = ?1 AND seq IN (
  SELECT (SELECT min(w.seq) FROM bus_deliveries w WHERE w.subscription = ?1 AND w.subject = d.subject AND w.priority = d.priority AND w.state = 2)
  FROM json_each(?3) j JOIN bus_deliveries d ON d.subscription = ?1 AND d.fence = ?2 AND d.seq = j.value WHERE d.subject IS NOT NULL)`;
const burySql = `INSERT INTO bus_dead_letters (group_name, pattern, seq, fence, priority, subject, stored_at, body, reason, message, code, stack,
    attempts, first_failed_at, last_failed_at)
  SELECT s.group_name, s.pattern, d.seq, d.fence, d.priority, e.subject, coalesce(d.stored_at, e.stored_at), coalesce(d.body, e.body),
    ?4, ?5, ?6, ?7, coalesce(?8, d.attempt), coalesce(d.first_failed_at, ?9), ?9
  FROM bus_deliveries d JOIN bus_subscriptions s ON s.id = d.subscription LEFT JOIN bus_events e ON e.seq = d.seq
  WHERE d.subscription = ?1 AND d.fence = ?2 AND d.seq = ?3`;
const stillHeldSql = 'EXISTS (SELECT 1 FROM bus_deliveries WHERE subscription = ?1 AND fence = ?5 AND seq = j.value)';

export interface SettlementOptions {
  readonly subscription: number;
  readonly ordered: boolean;
  readonly inbox: InboxWindow | undefined;
  readonly leaseMs: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** `source` and `id` of what this member was given. */
  readonly identityOf: (receipt: string) => string | undefined;
}

/** The statements for a batch of outcomes, and what their results say of each outcome. */
export class Settlement {
  readonly statements: Statement[] = [];
  /** Which of the statements ends the last delivery: it changes a row for each of which the fence holds. */
  fence = 0;
  readonly #options: SettlementOptions;
  /** Where to find who lost, by fence. */
  readonly #lost = new Map<number, number>();
  /** For each outcome: the fence and seq that had to hold, or undefined where another outcome of the batch has used up the receipt. */
  readonly #needed: ({ readonly fence: number; readonly seq: number } | undefined)[] = [];

  constructor(options: SettlementOptions, outcomes: readonly Outcome[]) {
    this.#options = options;
    const usable = this.#usable(outcomes);
    const receiptsOf = (kind: Outcome['kind']): string[] => usable.filter((each) => each.kind === kind).map(({ receipt }) => receipt);
    for (const [fence, seqs] of byFence(usable.map(({ receipt }) => receipt))) {
      this.#lost.set(fence, this.statements.length);
      this.#add(lostSql, fence, JSON.stringify(seqs));
    }
    this.#extend(receiptsOf('extend'));
    this.#acknowledge(receiptsOf('ack'));
    for (const [fence, seqs] of byFence(receiptsOf('release'))) this.#add(releaseSql, fence, JSON.stringify(seqs), options.now);
    for (const outcome of usable) {
      if (outcome.kind === 'retry') this.#postpone(outcome);
      if (outcome.kind === 'dead') this.#bury(outcome);
    }
  }

  /** Whether each outcome was in time. */
  verdicts(results: readonly StatementResult[]): readonly boolean[] {
    const lost = new Set<string>();
    for (const [fence, index] of this.#lost)
      for (const row of results[index]?.rows ?? []) lost.add(receiptOf({ seq: Number(row['seq']), fence }));
    return this.#needed.map((held) => held !== undefined && (lost.size === 0 || !lost.has(receiptOf(held))));
  }

  /** An outcome ends what its receipt is worth, except one that extends. */
  #usable(outcomes: readonly Outcome[]): readonly Outcome[] {
    const ended = new Set<string>();
    return outcomes.filter(({ kind, receipt }) => {
      const usable = !ended.has(receipt);
      if (kind !== 'extend') ended.add(receipt);
      this.#needed.push(usable ? heldOf(receipt) : undefined);
      return usable;
    });
  }

  #extend(receipts: readonly string[]): void {
    const { now, leaseMs } = this.#options;
    for (const [fence, seqs] of byFence(receipts)) this.#add(extendSql, fence, JSON.stringify(seqs), now + leaseMs);
  }

  #acknowledge(receipts: readonly string[]): void {
    if (receipts.length === 0) return;
    this.#remember(receipts);
    for (const [fence, seqs] of byFence(receipts)) {
      const list = JSON.stringify(seqs);
      this.#passOn(fence, list);
      this.fence = this.#add(acknowledgeSql, fence, list);
    }
  }

  /** Before the deliveries go, as their fences say whose acknowledgement counts. */
  #remember(receipts: readonly string[]): void {
    const { subscription, inbox, now, identityOf } = this.#options;
    if (!inbox) return;
    for (const { fence, seqs } of identitiesByFence(receipts, identityOf))
      this.statements.push(...inboxTable.remember(subscription, now, seqs, { sql: stillHeldSql, value: fence }));
    this.statements.push(...inboxTable.sweep(subscription, receipts.length, now, inbox));
  }

  #passOn(fence: number, list: string): void {
    if (this.#options.ordered) this.#add(nextOfSubjectSql, fence, list, this.#options.now);
  }

  #postpone({ receipt, delayMs }: Outcome & { kind: 'retry' }): void {
    const { seq, fence } = heldOf(receipt);
    this.#add(postponeSql, fence, seq, this.#options.now + Math.ceil(delayMs), this.#options.now);
  }

  #bury({ receipt, reason, failure, attempts }: Outcome & { kind: 'dead' }): void {
    const { seq, fence } = heldOf(receipt);
    const { message, code = null, stack = null } = failure;
    const list = `[${seq}]`;
    this.#add(burySql, fence, seq, reason, message, code, stack, attempts ?? null, this.#options.now);
    this.#passOn(fence, list);
    this.#add(acknowledgeSql, fence, list);
  }

  #add(sql: string, fence: number, ...values: readonly (string | number | null)[]): number {
    return this.statements.push({ sql, values: [this.#options.subscription, fence, ...values] }) - 1;
  }
}

/** Lists of which each names an identity once, as the keys of an object do. */
function identitiesByFence(
  receipts: readonly string[],
  identityOf: SettlementOptions['identityOf'],
): { readonly fence: number; readonly seqs: ReadonlyMap<string, number> }[] {
  const lists: { readonly fence: number; readonly seqs: Map<string, number> }[] = [];
  for (const receipt of receipts) {
    const identity = identityOf(receipt);
    if (identity === undefined) continue;
    const { seq, fence } = heldOf(receipt);
    let list = lists.find((each) => each.fence === fence && !each.seqs.has(identity));
    if (!list) {
      list = { fence, seqs: new Map() };
      lists.push(list);
    }
    list.seqs.set(identity, seq);
  }
  return lists;
}
