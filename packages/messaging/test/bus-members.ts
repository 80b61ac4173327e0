import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What a member process is told to do. */
export interface MemberTask {
  readonly role: 'producer' | 'consumer';
  readonly name: string;
  readonly path: string;
  /** Where all members write down what happened, a line an event. */
  readonly ledger: string;
  readonly events: number;
  readonly concurrency: number;
  readonly leaseMs: number;
  /** The control: settles before it handles. */
  readonly acknowledgeFirst: boolean;
}

export interface Member {
  readonly task: MemberTask;
  readonly process: ChildProcess;
  /** Resolves with the exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>;
}

const program = fileURLToPath(new URL('./programs/bus-member.ts', import.meta.url));

export function startMember(task: MemberTask): Member {
  const child = spawn(process.execPath, ['--conditions=@tutti/source', program, JSON.stringify(task)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return { task, process: child, ended: once(child, 'exit').then(([code]) => code as number | null) };
}

/** What the ledger tells, in the order in which it was written. */
export interface Account {
  readonly acked: ReadonlySet<string>;
  /** How often each event was handled to the end. */
  readonly done: ReadonlyMap<string, number>;
  /** The latest attempt at each event. */
  readonly attempts: ReadonlyMap<string, number>;
  /** What each process that is ready has taken and not finished. */
  readonly inHand: ReadonlyMap<number, ReadonlySet<string>>;
  /** Handlers that ran on after their delivery was lost: told so by their call, or by the refusal of what they acknowledged. */
  readonly overtaken: number;
  /** Acknowledgements that were accepted although a later attempt had begun, or a second time. */
  readonly zombies: readonly string[];
}

export function readLedger(path: string): Account {
  const acked = new Set<string>();
  const done = new Map<string, number>();
  const attempts = new Map<string, number>();
  const inHand = new Map<number, Set<string>>();
  const settled = new Set<string>();
  const zombies: string[] = [];
  let overtaken = 0;
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const [what, pid, id = '', attempt, outcome, accepted] = line.split(' ');
    const hand = inHand.get(Number(pid)) ?? new Set();
    if (what === 'ready') inHand.set(Number(pid), hand);
    else if (what === 'acked') acked.add(id);
    else if (what === 'aborted') overtaken++;
    else if (what === 'taken') {
      attempts.set(id, Math.max(attempts.get(id) ?? 0, Number(attempt)));
      hand.add(id);
    } else if (what === 'done') {
      done.set(id, (done.get(id) ?? 0) + 1);
      hand.delete(id);
    } else if (what === 'settled' && outcome === 'ack') {
      if (accepted === 'false') overtaken++;
      else if (settled.has(id) || Number(attempt) < Number(attempts.get(id))) zombies.push(line);
      else settled.add(id);
    }
  }
  return { acked, done, attempts, inHand, overtaken, zombies };
}

/** How many events the subscriptions of a file still wait for, counting those that do not match. */
export const waitingSql: string = `SELECT (SELECT count(*) FROM bus_deliveries) + (SELECT count(*) FROM bus_events e JOIN bus_subscriptions s
  WHERE e.seq > CASE e.priority WHEN 0 THEN s.position_0 WHEN 1 THEN s.position_1 ELSE s.position_2 END) AS waiting`;

/** A folder that is gone afterwards. */
export async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: (name: string) => string }> {
  const folder = await mkdtemp(join(tmpdir(), 'tutti-bus-'));
  return { path: (name) => join(folder, name), [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}
