import { Call, type ServiceResponse, seededRandom } from '@tutti/core';
import { describe, expect, it } from 'vitest';
import type { HedgePolicy } from '../src/index.ts';
import { type SetUpOptions, setUp, used, voice } from './mesh-set-up.ts';

const get = { method: 'GET', path: '/' };

/** Answers after 10 ms, and after 500 ms one time in fifty. */
function slowTail(): NonNullable<SetUpOptions['script']> {
  const random = seededRandom(7);
  return (each, clock) => {
    each.start();
    clock.after(random() < 0.02 ? 500 : 8 + random() * 4, () => each.aborted ?? each.answer(200));
  };
}

/** 5,000 calls, one every 2 ms. */
async function load(hedge: HedgePolicy | undefined): Promise<{ p99: number; sent: number; aborted: number }> {
  const { mesh, runtime, log, settled } = await setUp({ script: slowTail(), policy: hedge ? { hedge } : {} });
  const times: number[] = [];
  const calls: Promise<unknown>[] = [];
  for (let each = 0; each < 5_000; each++) {
    const from = runtime.clock.now();
    calls.push(mesh.call(voice, get).then(() => times.push(runtime.clock.now() - from)));
    await runtime.clock.advance(2);
  }
  await settled(Promise.all(calls));
  times.sort((a, b) => a - b);
  return { p99: times[4_950] ?? Number.NaN, sent: log.length, aborted: log.filter(({ aborted }) => aborted !== undefined).length };
}

describe('hedging', () => {
  it('halves the 99th percentile of a slow tail at least, for at most 5 % more requests; the losers are cut off', async () => {
    const without = await load(undefined);
    const hedged = await load({ after: '30ms' });
    expect(without.sent).toBe(5_000);
    expect(without.p99, 'the tail is there').toBeGreaterThan(400);
    expect(hedged.p99).toBeLessThan(without.p99 / 2);
    expect(hedged.sent).toBeGreaterThan(5_000);
    expect(hedged.sent).toBeLessThanOrEqual(5_250);
    expect(hedged.aborted).toBe(hedged.sent - 5_000);
  });

  it('asks another endpoint, and holds nothing against the one that lost', async () => {
    const { mesh, log, settled, seen, runtime } = await setUp({ policy: { hedge: { after: '30ms', budgetShare: 1 } } });
    const work = mesh.call(voice, get);
    await runtime.clock.advance(30);
    expect(used(log)).toEqual(['a', 'b']);
    log[0]?.start();
    log[1]?.answer(200, 'b was faster');
    expect(((await settled(work)) as ServiceResponse).text()).toBe('b was faster');
    expect(log[0]?.aborted).toMatchObject({ code: 'CANCELLED' });
    expect(seen('a')).toMatchObject({ inFlight: 0, consecutiveFailures: 0, failureShare: 0 });
  });

  it.each([
    ['POST', undefined, 1],
    ['PATCH', undefined, 1],
    ['POST', 'key', 2],
    ['GET', undefined, 2],
  ])('of %s with key %s: %i requests', async (method, idempotencyKey, requests) => {
    const { mesh, log, settled, runtime } = await setUp({ policy: { hedge: { after: '30ms', budgetShare: 1 } } });
    const call = Call.root({ runtime, ...(idempotencyKey !== undefined && { idempotencyKey }) });
    const work = mesh.call(voice, { method, path: '/' }, call);
    await runtime.clock.advance(10_000);
    expect(log).toHaveLength(requests);
    log.at(-1)?.answer(200);
    await settled(work);
  });
});
