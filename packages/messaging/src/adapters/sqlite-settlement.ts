import type { Statement } from '@tutti/core';
import type { Outcome } from '../transport/event-transport.ts';

/** A delivery as its receipt names it. */
interface Held {
  readonly seq: number;
  readonly fence: number;
}

export const receiptOf = (seq: number, fence: number): string => `${seq}:${fence}`;

function heldOf(receipt: string): Held {
  const [seq, fence] = receipt.split(':');
  return { seq: Number(seq), fence: Number(fence) };
}

/** Every statement of a settlement ends like this: with another fence it finds no row, and does nothing. */
const stillHeld = 'WHERE subscription = ? AND seq = ? AND fence = ?';

const acknowledge = `DELETE FROM bus_deliveries ${stillHeld}`;
const extend = `UPDATE bus_deliveries SET due_at = ? ${stillHeld}`;
const postpone = `UPDATE bus_deliveries SET due_at = ?, fence = fence + 1, first_failed_at = coalesce(first_failed_at, ?) ${stillHeld}`;
const release = `UPDATE bus_deliveries SET due_at = ?, fence = fence + 1, attempt = attempt - 1 ${stillHeld}`;
const bury = `INSERT INTO bus_dead_letters (group_name, pattern, seq, fence, body, reason, message, code, stack, attempts, first_failed_at, last_failed_at)
  SELECT s.group_name, s.pattern, d.seq, d.fence, coalesce(d.body, e.body), ?, ?, ?, ?, coalesce(?, d.attempt), coalesce(d.first_failed_at, ?), ?
  FROM bus_deliveries d JOIN bus_subscriptions s ON s.id = d.subscription LEFT JOIN bus_events e ON e.seq = d.seq
  WHERE d.subscription = ? AND d.seq = ? AND d.fence = ?`;

export interface SettlementTimes {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly leaseMs: number;
}

/** The statements for one outcome. The last one changes a row if and only if the receipt still held. */
export function settlement(subscription: number, outcome: Outcome, { now, leaseMs }: SettlementTimes): readonly Statement[] {
  const { seq, fence } = heldOf(outcome.receipt);
  const held = [subscription, seq, fence];
  switch (outcome.kind) {
    case 'ack':
      return [{ sql: acknowledge, values: held }];
    case 'extend':
      return [{ sql: extend, values: [now + leaseMs, ...held] }];
    case 'retry':
      return [{ sql: postpone, values: [now + Math.ceil(outcome.delayMs), now, ...held] }];
    case 'release':
      return [{ sql: release, values: [now, ...held] }];
    case 'dead': {
      const { message, code = null, stack = null } = outcome.failure;
      return [
        { sql: bury, values: [outcome.reason, message, code, stack, outcome.attempts ?? null, now, now, ...held] },
        { sql: acknowledge, values: held },
      ];
    }
  }
}
