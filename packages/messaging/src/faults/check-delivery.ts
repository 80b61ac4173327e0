import type { DeliveryHistory, LedgerRow } from './history.ts';

/** What a trial found. Everything that is a list must be empty. */
export interface DeliveryReport {
  readonly seed: number;
  readonly messages: number;
  readonly acked: number;
  readonly effects: number;
  readonly deadLetters: number;
  /** Acknowledged, and neither handled nor given up. */
  readonly lost: readonly string[];
  /** Handled more than once. */
  readonly doubled: readonly string[];
  /** Handled, and never sent. */
  readonly phantom: readonly string[];
  /** Given up although it could be handled, or handled although it cannot be. */
  readonly misjudged: readonly string[];
  /** Handled before an earlier one of the same key. */
  readonly inverted: readonly string[];
  readonly received: number;
  /** More deliveries than the faults explain. */
  readonly maxReceived: number;
  /** What came too late and was refused: the fence at work. */
  readonly refused: number;
  readonly maxRssBytes: number;
  readonly takeOverMs: readonly number[];
  /** From the last fault until everything was settled. */
  readonly quietMs: number;
}

export interface Expectations {
  readonly seed: number;
  readonly messages: number;
  /** Ids that no attempt can handle. */
  readonly hopeless: ReadonlySet<string>;
  /** Members that lost what they had: killed, paused, cut off. */
  readonly losses: number;
  readonly concurrency: number;
  readonly quietMs: number;
}

/** Judges what was seen. Pure. */
export function checkDelivery(history: DeliveryHistory, expected: Expectations): DeliveryReport {
  const { acked, sent, effects, dead, received, refused, maxRssBytes, takeOverMs } = history;
  const { seed, messages, hopeless, losses, concurrency, quietMs } = expected;
  const times = new Map<string, number>();
  for (const { id } of effects) times.set(id, (times.get(id) ?? 0) + 1);
  const gone = new Set(dead);
  const all = [...new Set([...acked, ...times.keys(), ...gone])];
  return {
    seed,
    messages,
    acked: acked.size,
    effects: effects.length,
    deadLetters: gone.size,
    lost: all.filter((id) => acked.has(id) && !times.has(id) && !gone.has(id)),
    doubled: all.filter((id) => Number(times.get(id) ?? 0) > 1),
    phantom: all.filter((id) => times.has(id) && !sent.has(id)),
    misjudged: all.filter((id) => gone.has(id) !== hopeless.has(id) && (gone.has(id) || times.has(id))),
    inverted: invertedIn(effects),
    received,
    maxReceived: Math.ceil(messages * 1.06) + losses * concurrency * 2,
    refused,
    maxRssBytes,
    takeOverMs,
    quietMs,
  };
}

/** Effects that came after a later one of their key. The second effect of one id is a double, and no inversion. */
function invertedIn(effects: readonly LedgerRow[]): string[] {
  const latest = new Map<string, number>();
  const seen = new Set<string>();
  const inverted: string[] = [];
  for (const { id, key, number } of effects) {
    if (seen.has(id)) continue;
    seen.add(id);
    if (number < (latest.get(key) ?? -1)) inverted.push(id);
    else latest.set(key, number);
  }
  return inverted;
}
