import { testRuntime } from '@tutti/core/testing';
import { expect, it } from 'vitest';
import { PacedRing } from './paced-ring.ts';

function paced(): { readonly clock: ReturnType<typeof testRuntime>['clock']; readonly ring: () => void; rings(): number; close(): void } {
  const { clock } = testRuntime();
  let rings = 0;
  const pacer = new PacedRing(clock, () => void rings++);
  return { clock, ring: pacer.ring, rings: () => rings, close: () => pacer.close() };
}

it('passes on at once what comes now and then', async () => {
  const { clock, ring, rings } = paced();
  for (let rung = 1; rung <= 50; rung++) {
    ring();
    expect(rings()).toBe(rung);
    await clock.advance(30);
  }
});

it('passes on together what comes too often, and the last of it too', async () => {
  const { clock, ring, rings } = paced();
  for (let rung = 0; rung < 2_000; rung++) {
    ring();
    await clock.advance(1);
  }
  expect(rings()).toBeLessThanOrEqual(4 * 21);
  const before = rings();
  for (let rung = 0; rung < 30; rung++) ring();
  await clock.advance(1_000);
  expect(rings()).toBeGreaterThan(before);
  const after = rings();
  await clock.advance(10_000);
  expect(rings()).toBe(after);
});

it('keeps nothing for later once it is closed', async () => {
  const { clock, ring, rings, close } = paced();
  for (let rung = 0; rung < 50; rung++) ring();
  const before = rings();
  close();
  await clock.advance(1_000);
  expect(rings()).toBe(before);
});
