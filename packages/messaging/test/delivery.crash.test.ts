import { writeFileSync } from 'node:fs';
import { seededRandom } from '@tutti/core';
import { sqliteDatabase } from '@tutti/core/sqlite';
import { eventually } from '@tutti/core/testing';
import { afterEach, expect, it } from 'vitest';
import { type Account, type Member, type MemberTask, readLedger, startMember, temporaryFolder } from './bus-members.ts';

const concurrency = 4;
const leaseMs = 1_000;
const seed = Number(process.env['TUTTI_SEED'] ?? Math.floor(Math.random() * 1e9));

const started: Member[] = [];
afterEach(async () => {
  for (const member of started.splice(0)) {
    member.process.kill('SIGCONT');
    member.process.kill('SIGKILL');
    await member.ended;
  }
});

type Fault = 'kill producer' | 'kill consumer' | 'pause consumer';

interface Plan {
  readonly events: number;
  readonly faults: readonly Fault[];
  /** The control. */
  readonly acknowledgeFirst?: boolean;
}

/**
 * Two producers and two consumers on one file. Whenever another share of the events has been handled, the next fault
 * strikes a member that the seed picks: SIGKILL, with a successor at once, or SIGSTOP for two leases.
 */
async function run({ events, faults, acknowledgeFirst = false }: Plan): Promise<Account> {
  await using folder = await temporaryFolder();
  const path = folder.path('bus.db');
  const ledger = folder.path('ledger');
  const random = seededRandom(seed);
  writeFileSync(ledger, '');
  await using database = sqliteDatabase({ path });
  await database.start();
  const start = (task: MemberTask): Member => {
    const member = startMember(task);
    started.push(member);
    return member;
  };
  const task = { path, ledger, events: events / 2, concurrency, leaseMs, acknowledgeFirst };
  const share = Math.floor(events / (faults.length + 3));
  const members = {
    producer: ['p0', 'p1'].map((name) => start({ ...task, role: 'producer', name })),
    consumer: ['c0', 'c1'].map((name) => start({ ...task, role: 'consumer', name })),
  };
  for (const [index, fault] of faults.entries()) {
    await eventually(`enough is done and enough waits for fault ${index}`, () => isDue(readLedger(ledger), (index + 1) * share), 30_000);
    const crew = members[fault.endsWith('producer') ? 'producer' : 'consumer'];
    const victim = Math.floor(random() * crew.length);
    const { process: child, task: duty, ended } = crew[victim] as Member;
    if (fault === 'pause consumer') {
      child.kill('SIGSTOP');
      await new Promise((resolve) => setTimeout(resolve, 2 * leaseMs)); // other processes live in real time
      child.kill('SIGCONT');
    } else {
      child.kill('SIGKILL');
      await ended;
      crew[victim] = start(duty);
    }
  }
  for (const producer of members.producer) expect(await producer.ended).toBe(0);
  await eventually('nothing waits any more', async () => (await waiting(database)) === 0, 30_000);
  for (const consumer of members.consumer) {
    consumer.process.kill('SIGTERM');
    expect(await consumer.ended).toBe(0);
  }
  return readLedger(ledger);

  async function waiting(store: typeof database): Promise<number> {
    const [row] = await store.read(
      'SELECT (SELECT count(*) FROM bus_deliveries) + (SELECT max(seq) FROM bus_events) - (SELECT min(position) FROM bus_subscriptions) AS waiting',
    );
    return Number(row?.['waiting']);
  }
}

/** Both consumers are busy as long as more waits than they hold. */
const isDue = ({ acked, done }: Account, share: number): boolean => done.size >= share && acked.size - done.size > 4 * concurrency;

const lost = ({ acked, done }: Account): string[] => [...acked].filter((id) => !done.has(id));

it('loses no event and accepts no zombie while members are killed and paused', { timeout: 60_000 }, async () => {
  const faults: Fault[] = ['kill consumer', 'kill producer', 'pause consumer', 'kill consumer', 'kill producer', 'kill consumer'];
  const account = await run({ events: 500, faults });
  const handled = [...account.done.values()].reduce((sum, times) => sum + times, 0);
  const repeated = handled - account.done.size;
  console.info(`seed ${seed}: ${account.done.size} events, ${repeated} handled again, ${account.overtaken} handlers overtaken`);
  expect(account.acked.size).toBe(500);
  expect(lost(account)).toEqual([]);
  expect([...account.done.keys()].filter((id) => !account.acked.has(id))).toEqual([]);
  expect(account.zombies).toEqual([]);
  expect(account.overtaken).toBeGreaterThan(0);
  expect(repeated).toBeLessThanOrEqual(faults.filter((fault) => fault.endsWith('consumer')).length * concurrency);
});

it('control: loses events when it acknowledges before it handles', { timeout: 60_000 }, async () => {
  const account = await run({ events: 120, faults: ['kill consumer', 'kill consumer'], acknowledgeFirst: true });
  expect(lost(account)).not.toEqual([]);
});
