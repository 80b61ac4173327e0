import { coreError, memoryRateLimiter, type RateLimiter, type RateLimitVerdict } from '@tutti/core';
import { testRuntime } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { inspectableLimiter } from '../inspect-limiter.ts';
import { checkLimiting, type LimitingOptions } from './limiting-options.ts';
import { PatientLimiter } from './patient-limiter.ts';

const limit = { tokens: 10, refillRate: 1 };
const away = () => coreError('STORE_UNAVAILABLE', { store: 'redis', problem: 'is away' });

/** A limiter whose answers come when, and as, the test says. */
function setUp(options: LimitingOptions) {
  const runtime = testRuntime();
  const store = memoryRateLimiter({ runtime });
  let weather: 'fine' | 'silent' | 'down' = 'fine';
  let asked = 0;
  const limiter: RateLimiter = {
    errorBound: 0,
    take(key, rate, cost): Promise<RateLimitVerdict> {
      asked++;
      if (weather === 'down') return Promise.reject(away());
      return weather === 'silent' ? new Promise(() => {}) : store.take(key, rate, cost);
    },
  };
  const patient = new PatientLimiter(limiter, checkLimiting(options), runtime);
  const take = (cost = 1): Promise<string> =>
    patient.take('k', limit, cost).then(
      (verdict) => (verdict === undefined ? 'let in' : verdict.allowed ? 'allowed' : 'refused'),
      (error: { code: string; details: { retryAfterMs: number } }) => `${error.code} ${error.details.retryAfterMs}`,
    );
  return { patient, take, clock: runtime.clock, asked: () => asked, turn: (to: typeof weather) => (weather = to) };
}

describe('a limiter that does not answer', () => {
  it.each([
    ['refuse', 'GATEWAY_LIMITER_UNAVAILABLE 1000'],
    ['admit', 'let in'],
    ['local', 'allowed'],
  ] as const)('is waited for 40 ms and not longer, and then it is %s', async (onUnavailable, outcome) => {
    const { take, clock, turn } = setUp({ onUnavailable });
    turn('silent');
    let told: string | undefined;
    void take().then((said) => (told = said));
    await clock.advance(39);
    expect(told).toBeUndefined();
    await clock.advance(1);
    expect(told).toBe(outcome);
  });

  it('is not asked again before the pause is over, and then by one request for all', async () => {
    const { take, clock, turn, asked, patient } = setUp({ onUnavailable: 'admit' });
    turn('down');
    expect([await take(), await take(), await take(), asked(), patient.isAway]).toEqual(['let in', 'let in', 'let in', 1, true]);
    await clock.advance(1_000);
    turn('silent');
    const waiting = [take(), take(), take()];
    expect(await Promise.race(waiting)).toBe('let in');
    expect(asked()).toBe(2);
    await clock.advance(40);
    await Promise.all(waiting);
    turn('fine');
    await clock.advance(1_000);
    expect([await take(), await take(), patient.isAway, asked()]).toEqual(['allowed', 'allowed', false, 4]);
  });

  it('can be seen from outside', async () => {
    const { take, turn, patient } = setUp({ onUnavailable: 'local', nodes: 3 });
    const seen = async () => (await inspectableLimiter(patient).list({ limit: 10 })).items;
    expect(await seen()).toEqual([
      { decides: 'limiter', errorBound: 'none', onUnavailable: 'local', nodes: 3, patienceMs: 40, pauseMs: 1_000 },
    ]);
    turn('down');
    await take();
    expect(await seen()).toMatchObject([{ decides: 'local' }]);
  });

  it('says when it will be asked again', async () => {
    const { take, clock, turn } = setUp({ pause: '5s' });
    turn('down');
    await take();
    await clock.advance(2_000);
    expect(await take()).toBe('GATEWAY_LIMITER_UNAVAILABLE 3000');
  });

  it('is replaced by a part of the limit for each process, which lets no more through together than the limit', async () => {
    const nodes = Array.from({ length: 4 }, () => setUp({ onUnavailable: 'local', nodes: 4 }));
    for (const { turn } of nodes) turn('down');
    const told: string[] = [];
    for (const { take } of nodes) for (let each = 0; each < 10; each++) told.push(await take());
    expect(told.filter((said) => said === 'allowed')).toHaveLength(8);
    expect(nodes.map(({ patient }) => patient.errorBound)).toEqual(Array.from({ length: 4 }, () => Number.POSITIVE_INFINITY));
  });

  it('is not hidden when the mistake is the question', async () => {
    const { patient, clock } = setUp({ onUnavailable: 'admit' });
    await expect(patient.take('k', limit, 11)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(patient.isAway).toBe(false);
    await clock.advance(100);
  });
});
