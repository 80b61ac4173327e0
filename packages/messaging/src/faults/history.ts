import { join } from 'node:path';
import { defaultRuntime } from '@tutti/core';
import { sqliteDatabase } from '@tutti/core/sqlite';
import { logLines } from '@tutti/core/testing';
import { linesOf } from './member-lines.ts';

export const ledgerFile = 'ledger.db';
export const ledgerTables: readonly string[] = [
  'CREATE TABLE effects (place INTEGER PRIMARY KEY AUTOINCREMENT, subscription TEXT, id TEXT, key TEXT, number INTEGER)',
];

/** An effect, in the order in which effects were committed. */
export interface LedgerRow {
  readonly id: string;
  readonly key: string;
  readonly number: number;
}

/** A delivery in the hands of a member, or its end. */
export interface Hold {
  readonly id: string;
  /** The member. */
  readonly pid: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly attempt: number;
}

/** What was seen of a trial. */
export interface DeliveryHistory {
  /** Ids whose publish resolved. */
  readonly acked: ReadonlySet<string>;
  /** Ids that were ever tried to be published. */
  readonly sent: ReadonlySet<string>;
  readonly effects: readonly LedgerRow[];
  /** Ids that were given up. */
  readonly dead: readonly string[];
  /** Effects and outcomes of members that no longer held the delivery, and were refused. */
  readonly refused: number;
  /** Every delivery to a member. */
  readonly held: readonly Hold[];
  /** Every delivery that a member finished, and was told that it counts. */
  readonly finished: readonly Hold[];
  /** Of the largest member. */
  readonly maxRssBytes: number;
  /** From the death of a member to another's first hold of what it had in hand. */
  readonly takeOverMs: readonly number[];
}

export interface Death {
  readonly pid: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Reads what the members of a trial left behind. */
export async function readHistory(folder: string, dead: readonly string[], deaths: readonly Death[]): Promise<DeliveryHistory> {
  const acked = new Set<string>();
  const sent = new Set<string>();
  for (const [what, id = ''] of linesOf(folder, 'producer')) {
    sent.add(id);
    if (what === 'acked') acked.add(id);
  }
  let [refused, maxRssBytes] = [0, 0];
  const held: Hold[] = [];
  const finished: Hold[] = [];
  for (const { pid, words } of consumerLines(folder)) {
    const [what, word = '', at, attempt] = words;
    const hold = { id: word, pid, at: Number(at), attempt: Number(attempt) };
    if (what === 'held') held.push(hold);
    else if (what === 'finished') finished.push(hold);
    else if (what === 'stale' || what === 'refused') refused++;
    else if (what === 'rss') maxRssBytes = Math.max(maxRssBytes, Number(word));
  }
  const effects = await readLedger(folder);
  return { acked, sent, effects, dead, held, finished, refused, maxRssBytes, takeOverMs: takeOvers(folder, deaths) };
}

export async function readLedger(folder: string): Promise<readonly LedgerRow[]> {
  await using ledger = sqliteDatabase({ path: join(folder, ledgerFile), runtime: defaultRuntime });
  await ledger.start();
  await ledger.migrate('trial', ledgerTables);
  return (await ledger.read('SELECT id, key, number FROM effects ORDER BY place')) as unknown as LedgerRow[];
}

function takeOvers(folder: string, deaths: readonly Death[]): number[] {
  const taken = new Map<string, { at: number; file: number }[]>();
  const hands = new Map<number, Set<string>>();
  for (const { pid } of deaths) hands.set(pid, new Set());
  for (const {
    pid,
    words: [what, id = '', at],
  } of consumerLines(folder)) {
    if (what === 'taken') taken.set(id, [...(taken.get(id) ?? []), { at: Number(at), file: pid }]);
    const hand = hands.get(pid);
    if (what === 'taken') hand?.add(id);
    else if (what === 'done' || what === 'failed') hand?.delete(id);
  }
  return deaths.flatMap(({ pid, at }) =>
    Array.from(hands.get(pid) ?? [], (id) =>
      Math.min(...(taken.get(id) ?? []).filter((one) => one.file !== pid && one.at >= at).map((one) => one.at - at)),
    ).filter(Number.isFinite),
  );
}

function* consumerLines(folder: string): Iterable<{ readonly pid: number; readonly words: readonly string[] }> {
  for (const { file, words } of logLines(folder, 'consumer')) yield { pid: Number(/-(\d+)\.log$/.exec(file)?.[1]), words };
}

/** Whether a consumer is in the middle of a handler. */
export function isBusy(folder: string, pid: number): boolean {
  const hand = new Set<string>();
  for (const { pid: whose, words } of consumerLines(folder)) {
    const [what, id = ''] = words;
    if (whose !== pid) continue;
    if (what === 'taken') hand.add(id);
    else if (what === 'done' || what === 'failed') hand.delete(id);
  }
  return hand.size > 0;
}
