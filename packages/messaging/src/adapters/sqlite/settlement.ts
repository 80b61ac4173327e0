import type { Statement } from '@tutti/core';
import type { StatementResult } from '@tutti/core/sqlite';
import type { InboxWindow, Outcome } from '../../transport/event-transport.ts';
import { HandledTable } from './handled-table.ts';
import { byFence, type Held, heldOf, receiptOf } from './receipt.ts';

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
const postponeSql = `UPDATE bus_deliveries SET state = 0, taken_over = 0, due_at = ?4, fence = fence + 1, first_failed_at = coalesce(first_failed_at, ?5) WHERE ${thisHeld}`;
/** Where one of a subject is about to be settled, the oldest that waits for it may go. CROSS: as many steps as were settled, not as are begun. */
const nextOfSubjectSql = `UPDATE bus_deliveries SET state = 0, due_at = ?4 WHERE subscription = ?1 AND seq IN (
  SELECT (SELECT min(w.seq) FROM bus_deliveries w WHERE w.subscription = ?1 AND w.subject = d.subject AND w.priority = d.priority AND w.state = 2)
  FROM json_each(?3) j CROSS JOIN bus_deliveries d ON d.subscription = ?1 AND d.fence = ?2 AND d.seq = j.value WHERE d.subject IS NOT NULL)`;
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
  /** For each outcome the delivery that had to be held; undefined where the receipt names none, or another outcome of the batch has used it up. */
  readonly #needed: readonly (Settled | undefined)[];

  constructor(options: SettlementOptions, outcomes: readonly Outcome[]) {
    this.#options = options;
    this.#needed = usable(outcomes);
    const settled = this.#needed.filter((each) => each !== undefined);
    const of = (kind: Outcome['kind']): readonly Settled[] => settled.filter(({ outcome }) => outcome.kind === kind);
    for (const [fence, seqs] of byFence(settled)) {
      this.#lost.set(fence, this.statements.length);
      this.#add(lostSql, fence, JSON.stringify(seqs));
    }
    for (const [fence, seqs] of byFence(of('extend'))) this.#add(extendSql, fence, JSON.stringify(seqs), options.now + options.leaseMs);
    this.#acknowledge(of('ack'));
    for (const [fence, seqs] of byFence(of('release'))) this.#add(releaseSql, fence, JSON.stringify(seqs), options.now);
    for (const { outcome, seq, fence } of settled) {
      if (outcome.kind === 'retry') this.#add(postponeSql, fence, seq, options.now + Math.ceil(outcome.delayMs), options.now);
      if (outcome.kind === 'dead') this.#bury(outcome, seq, fence);
    }
  }

  /** Whether each outcome was in time. */
  verdicts(results: readonly StatementResult[]): readonly boolean[] {
    const lost = new Set<string>();
    for (const [fence, index] of this.#lost)
      for (const row of results[index]?.rows ?? []) lost.add(receiptOf({ seq: Number(row['seq']), fence }));
    return this.#needed.map((settled) => settled !== undefined && (lost.size === 0 || !lost.has(receiptOf(settled))));
  }

  #acknowledge(settled: readonly Settled[]): void {
    if (settled.length === 0) return;
    this.#remember(settled);
    for (const [fence, seqs] of byFence(settled)) {
      const list = JSON.stringify(seqs);
      this.#passOn(fence, list);
      this.fence = this.#add(acknowledgeSql, fence, list);
    }
  }

  /** Before the deliveries go, as their fences say whose acknowledgement counts. */
  #remember(settled: readonly Settled[]): void {
    const { subscription, inbox, now, identityOf } = this.#options;
    if (!inbox) return;
    for (const [fence, list] of identitiesByFence(settled, identityOf))
      for (const identities of list)
        this.statements.push(...inboxTable.remember(subscription, now, identities, { sql: stillHeldSql, value: fence }));
    this.statements.push(...inboxTable.sweep(subscription, settled.length, now, inbox));
  }

  #passOn(fence: number, list: string): void {
    if (this.#options.ordered) this.#add(nextOfSubjectSql, fence, list, this.#options.now);
  }

  #bury({ reason, failure, attempts }: Outcome & { kind: 'dead' }, seq: number, fence: number): void {
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

interface Settled extends Held {
  readonly outcome: Outcome;
}

/** An outcome ends what its receipt is worth, except one that extends. */
function usable(outcomes: readonly Outcome[]): readonly (Settled | undefined)[] {
  const ended = new Set<string>();
  return outcomes.map((outcome) => {
    const { kind, receipt } = outcome;
    const held = ended.has(receipt) ? undefined : heldOf(receipt);
    if (kind !== 'extend') ended.add(receipt);
    return held && { outcome, seq: held.seq, fence: held.fence };
  });
}

/** Of each fence, lists of which each names an identity once: nearly always one. */
function identitiesByFence(
  settled: readonly Settled[],
  identityOf: SettlementOptions['identityOf'],
): ReadonlyMap<number, readonly ReadonlyMap<string, number>[]> {
  const byFence = new Map<number, Map<string, number>[]>();
  for (const { outcome, seq, fence } of settled) {
    const identity = identityOf(outcome.receipt);
    if (identity === undefined) continue;
    const lists = byFence.get(fence) ?? [];
    byFence.set(fence, lists);
    const list = lists.find((each) => !each.has(identity));
    if (list) list.set(identity, seq);
    else lists.push(new Map([[identity, seq]]));
  }
  return byFence;
}
