import { expect } from 'vitest';
import type { RateLimit } from '../../src/index.ts';
import { type Child, startChild } from '../sqlite/child.ts';
import { openStores } from './open-stores.ts';

const processes = 4;
/** Fewer than the lanes ask for, so that the limiter is what decides. */
export const limit: RateLimit = { tokens: 100, refillRate: 100 };
const hammerMs = 1_200;

/** Runs the script in four processes that begin together; gives the last line of each. */
async function together(script: string, args: readonly (string | number)[]): Promise<readonly string[]> {
  const children: readonly Child[] = Array.from({ length: processes }, () => startChild(script, args));
  await Promise.all(children.map((child) => child.said(1)));
  for (const child of children) child.say('go');
  const ends = await Promise.all(children.map((child) => child.ended));
  expect(ends).toEqual(Array.from({ length: processes }, () => ({ code: 0, errors: '' })));
  return children.map(({ lines }) => lines.at(-1) ?? '');
}

/** What four processes got through together, beside what they may in the time from the first beginning to the last end. */
export async function hammer(
  place: string,
  manner: 'strict' | 'leased' | 'hasty',
  batch = 1,
): Promise<{ readonly allowed: number; readonly withoutBound: number; readonly errorBound: number; readonly atLeast: number }> {
  const told = (await together('../keyed/taker.ts', [place, manner, JSON.stringify(limit), hammerMs, batch, processes])).map(
    (line) => JSON.parse(line) as { allowed: number; began: number; ended: number; errorBound: number },
  );
  const span = Math.max(...told.map(({ ended }) => ended)) - Math.min(...told.map(({ began }) => began));
  return {
    allowed: told.reduce((sum, { allowed }) => sum + allowed, 0),
    // a millisecond, because the ends are rounded
    withoutBound: limit.tokens + (limit.refillRate * (span + 1)) / 1_000,
    errorBound: told[0]?.errorBound ?? 0,
    atLeast: limit.tokens + (limit.refillRate * hammerMs) / 1_000 / 2,
  };
}

/** What the counter is at when four processes have each added 25, what it should be, and what a watch in this process saw meanwhile. */
export async function count(
  place: string,
  manner: 'careful' | 'careless',
): Promise<{ readonly value: unknown; readonly revision: number | undefined; readonly wanted: number; readonly seen: readonly number[] }> {
  const { config, stop } = await openStores(place);
  const seen: number[] = [];
  const off = config.watch('counter', ({ revision }) => seen.push(revision));
  await together('../keyed/counter.ts', [place, manner, 25]);
  const entry = await config.get('counter');
  await expect.poll(() => seen.at(-1)).toBe(entry?.revision);
  off();
  await stop();
  return { value: entry?.value, revision: entry?.revision, wanted: processes * 25, seen };
}
