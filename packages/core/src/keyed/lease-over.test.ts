import { describe, expect, it } from 'vitest';
import { coreError } from '../errors/core-errors.ts';
import type { HeldLease } from '../ports/lease.ts';
import { type TestRuntime, testRuntime } from '../testing/index.ts';
import { leaseOver } from './lease-over.ts';
import type { LeaseTable } from './lease-table.ts';

interface Faulty extends LeaseTable {
  away: boolean;
  lost: boolean;
  readonly asked: string[];
}

function faultyTable(): Faulty {
  const table: Faulty = {
    away: false,
    lost: false,
    asked: [],
    async acquire() {
      table.asked.push('acquire');
      if (table.away) throw coreError('STORE_UNAVAILABLE', { store: 'test', problem: 'no answer' });
      return 7;
    },
    async renew() {
      table.asked.push('renew');
      if (table.away) throw coreError('STORE_UNAVAILABLE', { store: 'test', problem: 'no answer' });
      return !table.lost;
    },
    async release() {
      table.asked.push('release');
    },
  };
  return table;
}

async function holding(): Promise<{ runtime: TestRuntime; table: Faulty; held: HeldLease }> {
  const runtime = testRuntime();
  const table = faultyTable();
  const held = await leaseOver(table, runtime).tryAcquire('job', 3_000);
  if (!held) throw new Error('not acquired');
  return { runtime, table, held };
}

describe('the holder of a lease', () => {
  it('renews it every third of its time', async () => {
    const { runtime, table, held } = await holding();
    await runtime.clock.advance(10_000);
    expect([held.held, held.fence, table.asked.filter((verb) => verb === 'renew').length]).toEqual([true, 7, 10]);
  });

  it('stops holding a tenth before the store would let anybody else in, when the store is away', async () => {
    const { runtime, table, held } = await holding();
    table.away = true;
    await runtime.clock.advance(2_699);
    expect([held.held, held.signal.aborted]).toEqual([true, false]);
    await runtime.clock.advance(1);
    expect([held.held, held.signal.aborted]).toEqual([false, true]);
    expect(held.signal.reason).toMatchObject({ code: 'LEASE_LOST', details: { name: 'job', problem: 'it was not renewed in time' } });
  });

  it('gets over an interruption that is shorter', async () => {
    const { runtime, table, held } = await holding();
    table.away = true;
    await runtime.clock.advance(2_400);
    table.away = false;
    await runtime.clock.advance(20_000);
    expect(held.held).toBe(true);
  });

  it('stops at once when the store says that it is somebody else', async () => {
    const { runtime, table, held } = await holding();
    table.lost = true;
    await runtime.clock.advance(1_000);
    expect(held.signal.reason).toMatchObject({ code: 'LEASE_LOST' });
  });

  it('knows by its own clock that the time is over, before any timer has said so', async () => {
    const { runtime, held } = await holding();
    const { clock } = runtime;
    const resumed = clock.now() + 5_000;
    Object.assign(clock, { now: () => resumed }); // a process that was stopped: the clock went on, no timer has fired
    expect([held.signal.aborted, held.held]).toEqual([false, false]);
  });

  it('gives back a lease whose answer was lost', async () => {
    const table = faultyTable();
    table.away = true;
    await expect(leaseOver(table, testRuntime()).tryAcquire('job', 3_000)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(table.asked).toEqual(['acquire', 'release']);
  });
});
