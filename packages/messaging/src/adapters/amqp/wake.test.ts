import { testRuntime } from '@tutti/core/testing';
import { expect, it } from 'vitest';
import { Wake } from './wake.ts';

const never = new AbortController().signal;

/** Whether it has ended after everything that was begun. */
async function hasEnded(waiting: Promise<void>): Promise<boolean> {
  return Promise.race([waiting.then(() => true), new Promise<false>((resolve) => setImmediate(() => resolve(false)))]);
}

it('waits until its time, and no longer than until something is new', async () => {
  const runtime = testRuntime();
  const wake = new Wake(runtime);
  const late = wake.waits(runtime.clock.now() + 100, never);
  expect(await hasEnded(late)).toBe(false);
  await runtime.clock.advance(100);
  expect(await hasEnded(late)).toBe(true);
  const woken = wake.waits(runtime.clock.now() + 100, never);
  wake.up();
  expect([await hasEnded(woken), wake.news]).toEqual([true, 1]);
});

it('ends the wait of the one before when another comes, and that of whoever gives up', async () => {
  const runtime = testRuntime();
  const wake = new Wake(runtime);
  const giving = new AbortController();
  const [first, second] = [wake.waits(1e6, never), wake.waits(1e6, giving.signal)];
  expect([await hasEnded(first), await hasEnded(second)]).toEqual([true, false]);
  giving.abort();
  expect(await hasEnded(second)).toBe(true);
});
