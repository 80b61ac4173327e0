import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coreError } from '../errors/core-errors.ts';
import type { RateLimit, RateLimiter } from '../ports/rate-limiter.ts';
import { checkLaws, rateLimiterLaws, testRuntime } from '../testing/index.ts';
import { type LeasedRateLimiterOptions, leasedRateLimiter } from './leased-rate-limiter.ts';
import { memoryRateLimiter } from './memory-rate-limiter.ts';

/** A shared store that counts its questions and can be away, or never answer. */
function stage(options: Partial<LeasedRateLimiterOptions> = {}) {
  const runtime = testRuntime();
  const inner = memoryRateLimiter({ runtime });
  const state = { asked: 0, mode: 'there' as 'there' | 'away' | 'silent' | 'unusable' };
  const store: RateLimiter = {
    errorBound: 0,
    async take(key, limit, cost) {
      state.asked++;
      if (state.mode === 'silent') return new Promise(() => {});
      if (state.mode === 'away') throw coreError('STORE_UNAVAILABLE', { store: 'stage', problem: 'is away' });
      if (state.mode === 'unusable') throw coreError('NOT_RUNNING', { component: 'stage', state: 'idle' });
      return inner.take(key, limit, cost);
    },
  };
  const make = () => leasedRateLimiter(store, { batch: 4, nodes: 1, runtime, ...options });
  return { runtime, state, inner, make, limiter: make() };
}

const takeMany = async (limiter: RateLimiter, count: number, limit: RateLimit): Promise<number> =>
  (await Promise.all(Array.from({ length: count }, () => limiter.take('k', limit)))).filter(({ allowed }) => allowed).length;

const slow = { tokens: 10, refillRate: 0.1 };

describe('the leased limiter of a single process', () => {
  checkLaws(
    it,
    rateLimiterLaws,
    () => {
      const { limiter, runtime } = stage();
      return { limiter, pass: (ms) => runtime.clock.advance(ms), now: () => runtime.clock.now() };
    },
    { strict: false },
  );

  it('asks the store once for a batch, and not at all while it is bound to refuse', async () => {
    const { limiter, state, runtime } = stage();
    expect(await takeMany(limiter, 8, { tokens: 8, refillRate: 0.1 })).toBe(8);
    expect(state.asked).toBe(2);
    expect(await takeMany(limiter, 500, { tokens: 8, refillRate: 0.1 })).toBe(0);
    expect(state.asked).toBe(3);
    await runtime.clock.advance(10_000);
    expect(await takeMany(limiter, 500, { tokens: 8, refillRate: 0.1 })).toBe(1);
  });

  it('takes what is dearer than a batch from the store itself', async () => {
    const { limiter, inner } = stage();
    expect(await limiter.take('k', slow, 7)).toMatchObject({ allowed: true, remaining: 3 });
    expect(inner.takeNow('k', slow, 0).remaining).toBe(3);
    expect(await limiter.take('k', slow, 5)).toMatchObject({ allowed: false, retryAfterMs: 20_000 });
  });

  it('drops what nobody used when the shared bucket is full again, and not before', async () => {
    const { limiter, state, runtime } = stage();
    await limiter.take('k', slow);
    await runtime.clock.advance(39_999);
    expect(await limiter.take('k', slow)).toMatchObject({ allowed: true, remaining: 2 });
    expect(state.asked).toBe(1);
    await runtime.clock.advance(1);
    expect(await limiter.take('k', slow)).toMatchObject({ allowed: true, remaining: 3 });
    expect(state.asked).toBe(2);
  });

  it('holds no more keys than it may', async () => {
    const { limiter, state } = stage({ maxKeys: 2 });
    for (const key of ['a', 'b', 'c', 'a', 'c']) await limiter.take(key, slow);
    expect(state.asked).toBe(4);
  });
});

describe('the leased limiters of several processes', () => {
  const limit = { tokens: 20, refillRate: 5 };
  const nodes = 4;
  const batch = 6;
  const requests = fc.array(
    fc.record({ pause: fc.nat(700), node: fc.nat(nodes - 1), count: fc.nat(12), cost: fc.integer({ min: 1, max: 8 }) }),
    {
      minLength: 1,
      maxLength: 80,
    },
  );

  /** Tokens let through, and when. */
  async function play(schedule: readonly { pause: number; node: number; count: number; cost: number }[], away = false) {
    const { runtime, make, state } = stage({ batch, nodes, whenAway: away ? 'local' : 'refuse' });
    if (away) state.mode = 'away';
    const limiters = Array.from({ length: nodes }, make);
    const allowed: { at: number; cost: number }[] = [];
    for (const { pause, node, count, cost } of schedule) {
      await runtime.clock.advance(pause);
      const verdicts = await Promise.all(Array.from({ length: count }, () => limiters[node]?.take('k', limit, cost)));
      for (const verdict of verdicts) if (verdict?.allowed) allowed.push({ at: runtime.clock.now(), cost });
    }
    return { allowed, errorBound: limiters[0]?.errorBound ?? 0 };
  }

  /** By how many tokens the worst of all windows exceeds the limit without a bound. */
  function excess(allowed: readonly { at: number; cost: number }[]): number {
    let worst = Number.NEGATIVE_INFINITY;
    for (let from = 0; from < allowed.length; from++) {
      let sum = 0;
      for (let to = from; to < allowed.length; to++) {
        sum += allowed[to]?.cost ?? 0;
        const seconds = ((allowed[to]?.at ?? 0) - (allowed[from]?.at ?? 0)) / 1_000;
        worst = Math.max(worst, sum - limit.tokens - limit.refillRate * seconds);
      }
    }
    return worst;
  }

  it('exceed the limit in no window by more than nodes × batch', async () => {
    await fc.assert(
      fc.asyncProperty(requests, async (schedule) => {
        const { allowed, errorBound } = await play(schedule);
        expect(errorBound).toBe(nodes * batch);
        expect(excess(allowed)).toBeLessThanOrEqual(errorBound + 1e-6);
      }),
      { numRuns: 60 },
    );
  });

  it('together stay within the limit when each has only its share of it', async () => {
    await fc.assert(
      fc.asyncProperty(requests, async (schedule) => {
        const { allowed } = await play(schedule, true);
        expect(excess(allowed)).toBeLessThanOrEqual(1e-6);
      }),
      { numRuns: 30 },
    );
  });

  it('waste nothing while all are asked: no less gets through than the limit without what lies ready', async () => {
    const turns = Array.from({ length: 600 }, () =>
      [0, 1, 2, 3].map((node) => ({ pause: node === 0 ? 100 : 0, node, count: 3, cost: 1 })),
    ).flat();
    const { allowed } = await play(turns);
    expect(allowed.length).toBeGreaterThanOrEqual(limit.tokens + limit.refillRate * 59 - nodes * batch);
  });

  it('do exceed it: borrowed early and used late, so the bound is not an idle one', async () => {
    const borrow = [0, 1, 2, 3].map((node) => ({ pause: 0, node, count: 1, cost: 1 }));
    const rest = [0, 1, 2, 3].map((node) => ({ pause: node === 0 ? 3_500 : 0, node, count: 40, cost: 1 }));
    const { allowed } = await play([...borrow, ...rest]);
    expect(excess(allowed.filter(({ at }) => at > (allowed[0]?.at ?? 0)))).toBeGreaterThan(0);
  });
});

describe('a store that is away', () => {
  it('refuses after the timeout what was not borrowed before, asks once a pause, and comes back by itself', async () => {
    const { limiter, state, runtime } = stage({ nodes: 3, storeTimeout: '50ms', awayPause: '2s' });
    await limiter.take('k', slow);
    state.mode = 'silent';
    expect(await takeMany(limiter, 3, slow)).toBe(3);
    const waiting = takeMany(limiter, 5, slow);
    await runtime.clock.advance(60);
    expect(await waiting).toBe(0);
    expect([limiter.away, state.asked, limiter.errorBound]).toEqual([true, 2, 12]);
    expect(await limiter.take('k', slow)).toMatchObject({ allowed: false });
    expect(await limiter.take('other', slow, 9)).toMatchObject({ allowed: false });
    expect(state.asked).toBe(2);
    state.mode = 'there';
    await runtime.clock.advance(2_000);
    expect(limiter.away).toBe(false);
    expect((await limiter.take('k', slow)).allowed).toBe(true);
  });

  it('leaves each process its share of the limit, where told to, and says that there is no bound', async () => {
    const { limiter, state } = stage({ nodes: 3, whenAway: 'local' });
    state.mode = 'away';
    expect(await takeMany(limiter, 20, slow)).toBe(3);
    expect(limiter.errorBound).toBe(Number.POSITIVE_INFINITY);
    expect((await limiter.take('k', slow, 4)).allowed).toBe(false);
  });

  it('is asked again by each request without a pause, and by none for ever', async () => {
    const { limiter, state } = stage({ awayPause: '0ms' });
    state.mode = 'away';
    expect((await limiter.take('k', slow)).allowed).toBe(false);
    expect((await limiter.take('k', slow)).allowed).toBe(false);
    expect(state.asked).toBe(2);
  });

  it('is told apart from one that cannot work at all', async () => {
    const { limiter, state } = stage({ whenAway: 'local' });
    state.mode = 'unusable';
    await expect(limiter.take('k', slow)).rejects.toMatchObject({ code: 'NOT_RUNNING' });
    expect(limiter.away).toBe(false);
  });
});

it.each([
  [{ nodes: 1 }, 'leasedRateLimiter.batch'],
  [{ batch: 0, nodes: 1 }, 'leasedRateLimiter.batch'],
  [{ batch: 1, nodes: 0.5 }, 'leasedRateLimiter.nodes'],
  [{ batch: 1, nodes: 1, storeTimeout: 100 }, 'leasedRateLimiter.storeTimeout'],
  [{ batch: 1, nodes: 1, whenAway: 'allow' }, 'leasedRateLimiter.whenAway'],
])('the leased limiter refuses the options %o', (options, path) => {
  expect(() => leasedRateLimiter(memoryRateLimiter(), options as LeasedRateLimiterOptions)).toThrow(
    expect.objectContaining({ details: expect.objectContaining({ path }) }),
  );
});
