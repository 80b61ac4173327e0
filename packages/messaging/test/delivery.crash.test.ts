import { writeFileSync } from 'node:fs';
import { seededRandom } from '@tutti/core';
import { sqliteDatabase } from '@tutti/core/sqlite';
import { eventually } from '@tutti/core/testing';
import { afterEach, expect, it } from 'vitest';
import { type Account, type Member, type MemberTask, readLedger, startMember, temporaryFolder, waitingSql } from './bus-members.ts';

const concurrency = 4;
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
 * strikes: SIGKILL, with a successor at once, or SIGSTOP until another member has taken over. Consumers are struck while
 * they have events in hand, as the ledger shows.
 */
async function run({ events, faults, acknowledgeFirst = false }: Plan): Promise<Account> {
  await using folder = await temporaryFolder();
  const path = folder.path('bus.db');
  const ledger = folder.path('ledger');
  const random = seededRandom(seed);
  writeFileSync(ledger, '');
  await using database = sqliteDatabase({ path, busyTimeout: '500ms' });
  await database.start();
  const task = { path, ledger, events: events / 2, concurrency, leaseMs: 1_000, acknowledgeFirst };
  const start = (given: MemberTask): Member => {
    const member = startMember(given);
    started.push(member);
    return member;
  };
  const producers = ['p0', 'p1'].map((name) => start({ ...task, role: 'producer', name }));
  const consumers = ['c0', 'c1'].map((name) => start({ ...task, role: 'consumer', name }));

  /** Stops a consumer in the middle of its work, but not of a write: SQLite's lock would stop all the others with it. */
  async function catchBusy(): Promise<readonly [index: number, inHand: ReadonlySet<string>]> {
    return eventually('a consumer is caught with events in hand', async () => {
      const index = Math.floor(random() * consumers.length);
      const { process: child } = consumers[index] as Member;
      child.kill('SIGSTOP');
      const inHand = readLedger(ledger).inHand.get(Number(child.pid));
      if (inHand && inHand.size > 0 && (await canWrite())) return [index, inHand] as const;
      child.kill('SIGCONT');
      return undefined;
    });
  }
  function canWrite(): Promise<boolean> {
    return database.write({ name: 'test.probe', statements: [{ sql: 'DELETE FROM bus_events WHERE false', values: [] }] }).then(
      () => true,
      () => false,
    );
  }
  async function replace(crew: Member[], index: number): Promise<void> {
    const { process: child, task: duty, ended } = crew[index] as Member;
    child.kill('SIGKILL');
    await ended;
    crew[index] = start(duty);
  }
  async function strike(fault: Fault): Promise<void> {
    if (fault === 'kill producer') return replace(producers, Math.floor(random() * producers.length));
    const [index, inHand] = await catchBusy();
    if (fault === 'kill consumer') return replace(consumers, index);
    await eventually('another member takes over', () => [...inHand].some((id) => Number(readLedger(ledger).attempts.get(id)) > 1), 30_000);
    consumers[index]?.process.kill('SIGCONT');
  }

  for (const [index, fault] of faults.entries()) {
    const share = ((index + 1) * events) / (faults.length + 2);
    await eventually(`its share of the events is handled before fault ${index}`, () => readLedger(ledger).done.size >= share, 30_000);
    await strike(fault);
  }
  for (const producer of producers) expect(await producer.ended).toBe(0);
  await eventually('nothing waits any more', async () => (await database.read(waitingSql))[0]?.['waiting'] === 0, 30_000);
  for (const consumer of consumers) {
    await eventually('the consumer can be told to stop', () => readLedger(ledger).inHand.has(Number(consumer.process.pid)));
    consumer.process.kill('SIGTERM');
    expect(await consumer.ended).toBe(0);
  }
  return readLedger(ledger);
}

const lost = ({ acked, done }: Account): string[] => [...acked].filter((id) => !done.has(id));

it('loses no event and accepts no zombie while members are killed and paused', { timeout: 180_000 }, async () => {
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

it('control: loses events when it acknowledges before it handles', { timeout: 180_000 }, async () => {
  const account = await run({ events: 120, faults: ['kill consumer', 'kill consumer'], acknowledgeFirst: true });
  expect(lost(account)).not.toEqual([]);
});
