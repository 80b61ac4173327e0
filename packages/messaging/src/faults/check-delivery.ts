import type { DeliveryHistory, Hold, LedgerRow } from './history.ts';

/** What a trial found. Everything that is a list must be empty. */
export interface DeliveryReport {
  readonly seed: number;
  readonly messages: number;
  readonly acked: number;
  readonly effects: number;
  readonly deadLetters: number;
  /** Acknowledged, and neither handled nor given up. */
  readonly lost: readonly string[];
  /** Handled, or given up, more than once. */
  readonly doubled: readonly string[];
  /** Handled, and never sent. */
  readonly phantom: readonly string[];
  /** Given up although it could be handled, or handled although it cannot be. */
  readonly misjudged: readonly string[];
  /** Finished by a member, and taken for finished, although another held it by then. */
  readonly zombies: readonly string[];
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
  const { acked, sent, effects, dead, held, finished, refused, maxRssBytes, takeOverMs } = history;
  const { seed, messages, hopeless, losses, concurrency, quietMs } = expected;
  const times = countOf(effects.map(({ id }) => id));
  const buried = countOf(dead);
  const gone = new Set(dead);
  const all = [...new Set([...acked, ...times.keys(), ...gone])];
  return {
    seed,
    messages,
    acked: acked.size,
    effects: effects.length,
    deadLetters: gone.size,
    lost: all.filter((id) => acked.has(id) && !times.has(id) && !gone.has(id)),
    doubled: all.filter((id) => (times.get(id) ?? 0) > 1 || (buried.get(id) ?? 0) > 1),
    phantom: all.filter((id) => times.has(id) && !sent.has(id)),
    misjudged: all.filter((id) => gone.has(id) !== hopeless.has(id) && (gone.has(id) || times.has(id))),
    zombies: zombiesIn(held, finished),
    inverted: invertedIn(effects),
    received: held.length,
    maxReceived: Math.ceil(messages * 1.06) + losses * concurrency * 2,
    refused,
    maxRssBytes,
    takeOverMs,
    quietMs,
  };
}

function countOf(ids: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

/** The attempt tells who held it later: times of receipt are those of members, who may have been stopped between the receipt and the note of it. */
function zombiesIn(held: readonly Hold[], finished: readonly Hold[]): string[] {
  const holds = Map.groupBy(held, ({ id }) => id);
  const late = finished.filter(({ id, pid, at, attempt }) =>
    holds.get(id)?.some((other) => other.pid !== pid && other.attempt > attempt && other.at < at),
  );
  return [...new Set(late.map(({ id }) => id))];
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
