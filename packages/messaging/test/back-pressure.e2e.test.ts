import { faultScale } from '@tutti/core/testing';
import { expect, it } from 'vitest';
import { temporaryFolder } from './bus-members.ts';
import { type Flooded, type FloodTask, flood } from './flooding.ts';

/** A subscriber that handles ten events a second, and a producer that publishes flat out meanwhile. */
const seconds = faultScale(60, 0.05);
const timeout = (seconds + 60) * 1_000;
const most = 50 * 1_048_576;

type Given = Pick<FloodTask, 'bounded'> & Partial<FloodTask>;

const inMemory = (given: Given): Promise<Flooded> => flood({ seconds, maxInFlight: 10_000, bytes: 1_000, ...given });

async function inFile(given: Given): Promise<Flooded> {
  await using folder = await temporaryFolder();
  return flood({ seconds, maxInFlight: 1_000, bytes: 100, path: folder.path('bus.db'), ...given });
}

function tell(what: string, { grownBytes, stored, refused, handled }: Flooded): void {
  console.info(`${what}: ${(grownBytes / 1_048_576).toFixed(1)} MiB more, ${stored} stored, ${refused} refused, ${handled} handled`);
}

it(`memory refuses what nobody has handled yet, and does not grow for ${seconds} s`, { timeout }, async () => {
  const flooded = await inMemory({ bounded: true });
  tell('memory', flooded);
  const { stored, refused, failed, handled, grownBytes } = flooded;
  expect(handled).toBeGreaterThan(0);
  expect(refused).toBeGreaterThan(stored);
  expect(stored).toBeLessThanOrEqual(10_000 + handled + 1);
  expect(failed).toBe(0);
  expect(grownBytes).toBeLessThan(most);
});

it('control: memory without a bound grows by more', { timeout }, async () => {
  const { refused, grownBytes } = await inMemory({ bounded: false, seconds: 3 });
  expect(refused).toBe(0);
  expect(grownBytes).toBeGreaterThan(most);
});

it(`a file takes events as fast as it can, refuses those beyond the window, and does not grow in memory for ${seconds} s`, {
  timeout,
}, async () => {
  const flooded = await inFile({ bounded: true });
  tell('file', flooded);
  const { refused, failed, handled, mostInFlight, grownBytes } = flooded;
  expect(handled).toBeGreaterThan(0);
  expect(refused).toBeGreaterThan(0);
  expect(failed).toBe(0);
  expect(mostInFlight).toBeLessThanOrEqual(1_000);
  expect(grownBytes).toBeLessThan(most);
});

it('publishers that wait for room in memory are refused nothing, and nothing grows', { timeout }, async () => {
  const flooded = await inMemory({ bounded: true, waits: true });
  tell('waiting for memory', flooded);
  const { stored, refused, failed, handled, grownBytes } = flooded;
  expect(handled).toBeGreaterThan(0);
  expect(stored).toBeLessThanOrEqual(10_000 + handled + 1);
  expect([refused, failed]).toEqual([0, 0]);
  expect(grownBytes).toBeLessThan(most);
});

it('publishers that wait for a place in the window are refused nothing, and nothing grows', { timeout }, async () => {
  const flooded = await inFile({ bounded: true, waits: true, maxInFlight: 100 });
  tell('waiting', flooded);
  const { stored, refused, failed, handled, grownBytes } = flooded;
  expect(handled).toBeGreaterThan(0);
  expect(stored).toBeGreaterThan(handled);
  expect([refused, failed]).toEqual([0, 0]);
  expect(grownBytes).toBeLessThan(most);
});

it('control: without a window what is on its way to the file grows by more', { timeout }, async () => {
  const { refused, mostInFlight, grownBytes } = await inFile({ bounded: false, seconds: 10 });
  expect(refused).toBe(0);
  expect(mostInFlight).toBeGreaterThan(1_000);
  expect(grownBytes).toBeGreaterThan(most);
});
