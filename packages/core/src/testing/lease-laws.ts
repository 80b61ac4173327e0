import assert from 'node:assert/strict';
import type { HeldLease, Lease } from '../ports/lease.ts';
import { type Law, withCode } from './laws.ts';

/** Two users of one store that has no leases yet. */
export interface LeaseSubject {
  readonly lease: Lease;
  readonly other: Lease;
  /** Lets time pass: virtual, or real for a store that has a clock of its own. */
  pass(ms: number): Promise<void>;
}

const ttlMs = 300;

async function acquired(lease: Lease, name: string): Promise<HeldLease> {
  const held = await lease.tryAcquire(name, ttlMs);
  assert.ok(held, `${name} is free`);
  return held;
}

/** What every lease store promises. */
export const leaseLaws: readonly Law<LeaseSubject>[] = [
  {
    id: 'LE-1',
    title: 'is held by one of any number who try at once, and refused to the others at once',
    async run({ lease, other }) {
      const tries = await Promise.all(Array.from({ length: 20 }, (_, index) => (index % 2 ? lease : other).tryAcquire('job', ttlMs)));
      const held = tries.filter((one) => one !== undefined);
      assert.equal(held.length, 1);
      assert.equal(held[0]?.held, true);
      await held[0]?.release();
    },
  },
  {
    id: 'LE-2',
    title: 'is free at once when released, and its holder knows that it is over',
    async run({ lease, other }) {
      const first = await acquired(lease, 'job');
      await first.release();
      assert.deepEqual([first.held, first.signal.aborted], [false, true]);
      withCode('CANCELLED')(first.signal.reason);
      const second = await acquired(other, 'job');
      assert.ok(second.fence > first.fence);
      await first.release();
      assert.equal(await lease.tryAcquire('job', ttlMs), undefined, 'a second release does not free what another holds');
      await second.release();
    },
  },
  {
    id: 'LE-3',
    title: 'is kept by renewing it for as long as the holder wants it',
    async run({ lease, other, pass }) {
      const held = await acquired(lease, 'job');
      for (let time = 0; time < 6; time++) {
        await pass(ttlMs / 2);
        assert.equal(held.held, true);
        assert.equal(await other.tryAcquire('job', ttlMs), undefined);
      }
      await held.release();
    },
  },
  {
    id: 'LE-4',
    title: 'gives each holder a larger fence, for ever',
    async run({ lease, other }) {
      const fences: number[] = [];
      for (let time = 0; time < 10; time++) {
        const held = await acquired(time % 2 ? lease : other, 'job');
        fences.push(held.fence);
        await held.release();
      }
      for (const [index, fence] of fences.entries()) {
        assert.ok(Number.isSafeInteger(fence));
        assert.ok(index === 0 || fence > (fences[index - 1] as number));
      }
    },
  },
  {
    id: 'LE-5',
    title: 'tells all names apart, whatever they are made of',
    async run({ lease }) {
      const names = ['a', 'A', '{a}', '}{a', 'a}', 'a:fence', '%7B', 'ä', '🦒', '__proto__', 'x'.repeat(1_024)];
      const held = await Promise.all(names.map((name) => acquired(lease, name)));
      await Promise.all(held.map((one) => one.release()));
    },
  },
  {
    id: 'LE-6',
    title: 'refuses a name or a time that it could not keep',
    async run({ lease }) {
      for (const name of ['', 'x'.repeat(1_025), '\uD800']) {
        await assert.rejects(async () => lease.tryAcquire(name, ttlMs), withCode('INVALID_ARGUMENT'));
      }
      for (const ms of [0, 29, Number.NaN, Number.POSITIVE_INFINITY]) {
        await assert.rejects(async () => lease.tryAcquire('job', ms), withCode('INVALID_ARGUMENT'));
      }
    },
  },
];
