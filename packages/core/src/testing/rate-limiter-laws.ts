import assert from 'node:assert/strict';
import type { RateLimit, RateLimiter } from '../ports/rate-limiter.ts';
import type { Law } from './laws.ts';

/** A limiter that has seen nobody yet, and time for it: a store with a clock of its own really waits. */
export interface RateLimiterSubject {
  readonly limiter: RateLimiter;
  pass(ms: number): Promise<void>;
  /** Milliseconds of the same time. */
  now(): number;
}

/** `strict`: `errorBound` is 0, and the verdict tells of the shared bucket. */
export type RateLimiterCapabilities = { readonly strict: boolean };

/** Slow, so that nothing comes back while a law looks at what is left. */
const slow: RateLimit = { tokens: 10, refillRate: 0.1 };
const oddKeys = [
  'a',
  'A',
  'a b',
  'a:b',
  '{a}',
  '{a}b',
  '__proto__',
  'constructor',
  'ключ',
  '🪣',
  '\0',
  '%',
  `'; DROP TABLE`,
  'x'.repeat(1_024),
];

const takeMany = async (limiter: RateLimiter, count: number, limit: RateLimit, key = 'law', cost = 1): Promise<number> => {
  const verdicts = await Promise.all(Array.from({ length: count }, () => limiter.take(key, limit, cost)));
  return verdicts.filter(({ allowed }) => allowed).length;
};

/** What every `RateLimiter` promises. */
export const rateLimiterLaws: readonly Law<RateLimiterSubject, RateLimiterCapabilities>[] = [
  {
    id: 'RL-1',
    title: 'lets as many through as the bucket holds, and the next one after the stated time',
    async run({ limiter, pass }) {
      const limit = { tokens: 10, refillRate: 2 };
      for (let count = 0; count < 10; count++) assert.equal((await limiter.take('law', limit)).allowed, true);
      const refused = await limiter.take('law', limit);
      assert.equal(refused.allowed, false);
      assert.ok(refused.retryAfterMs > 0 && refused.retryAfterMs <= 500, `${refused.retryAfterMs}`);
      await pass(refused.retryAfterMs);
      assert.deepEqual(
        [await limiter.take('law', limit), await limiter.take('law', limit)].map(({ allowed }) => allowed),
        [true, false],
      );
    },
  },
  {
    id: 'RL-2',
    title: 'lets exactly as many through when all ask at once',
    async run({ limiter }) {
      assert.equal(await takeMany(limiter, 64, { tokens: 40, refillRate: 0.1 }), 40);
    },
  },
  {
    id: 'RL-3',
    title: 'takes a cost whole or not at all, and leaves what is left to smaller ones',
    async run({ limiter }) {
      const costs = [6, 5, 4, 1];
      const allowed = [];
      for (const cost of costs) allowed.push((await limiter.take('law', slow, cost)).allowed);
      assert.deepEqual(allowed, [true, false, true, false]);
    },
  },
  {
    id: 'RL-4',
    title: 'keeps keys apart, whatever they are made of',
    async run({ limiter }) {
      for (const key of oddKeys) assert.equal(await takeMany(limiter, 3, { tokens: 2, refillRate: 0.1 }, key), 2, key);
    },
  },
  {
    id: 'RL-5',
    title: 'is not postponed by requests that it refuses',
    async run({ limiter, pass }) {
      const limit = { tokens: 1, refillRate: 5 };
      assert.equal((await limiter.take('law', limit)).allowed, true);
      for (let count = 0; count < 20; count++) await limiter.take('law', limit);
      const { retryAfterMs } = await limiter.take('law', limit);
      assert.ok(retryAfterMs <= 200, `${retryAfterMs}`);
      await pass(retryAfterMs);
      assert.equal((await limiter.take('law', limit)).allowed, true);
    },
  },
  {
    id: 'RL-6',
    title: 'never holds more than its tokens, however long nobody comes',
    async run({ limiter, pass }) {
      const limit = { tokens: 3, refillRate: 4 };
      assert.equal(await takeMany(limiter, 3, limit), 3);
      await pass(1_000);
      assert.equal(await takeMany(limiter, 8, limit), 3);
    },
  },
  {
    id: 'RL-7',
    title: 'rejects limits, costs and keys that cannot be, naming them, and takes nothing',
    async run({ limiter }) {
      const wrong: readonly (readonly [path: string, limit: unknown, cost?: unknown, key?: unknown])[] = [
        ['limit', undefined],
        ['limit', null],
        ['limit', 10],
        ['limit.tokens', { tokens: 0, refillRate: 1 }],
        ['limit.tokens', { tokens: 1.5, refillRate: 1 }],
        ['limit.tokens', { tokens: Number.NaN, refillRate: 1 }],
        ['limit.tokens', { tokens: Number.POSITIVE_INFINITY, refillRate: 1 }],
        ['limit.tokens', { tokens: '10', refillRate: 1 }],
        ['limit.refillRate', { tokens: 1, refillRate: 0 }],
        ['limit.refillRate', { tokens: 1, refillRate: -1 }],
        ['limit.refillRate', { tokens: 1, refillRate: Number.NaN }],
        ['limit.refillRate', { tokens: 1, refillRate: Number.POSITIVE_INFINITY }],
        ['limit.refillRate', { tokens: 1 }],
        ['limit.refillRate', { tokens: 1_000, refillRate: 1e-9 }],
        ['cost', slow, 11],
        ['cost', slow, -1],
        ['cost', slow, 0.5],
        ['cost', slow, Number.NaN],
        ['cost', slow, '1'],
        ['key', slow, 1, ''],
        ['key', slow, 1, 7],
        ['key', slow, 1, 'x'.repeat(1_025)],
        ['key', slow, 1, 'half a \ud83e'],
      ];
      for (const [path, limit, cost, key = 'law'] of wrong) {
        const error = await limiter.take(key as string, limit as RateLimit, cost as number).catch((thrown) => thrown);
        assert.equal(error.code, 'INVALID_ARGUMENT', `${path} ${JSON.stringify([limit, cost])}`);
        assert.equal(error.details.path, path);
      }
      assert.equal(await takeMany(limiter, 11, slow), 10);
    },
  },
  {
    id: 'RL-8',
    title: 'says what is left, when the bucket is full again, and which limit it applied',
    requires: 'strict',
    async run({ limiter, now }) {
      const began = now();
      const first = await limiter.take('law', slow, 4);
      const ms = (exact: number, told: number): void =>
        assert.ok(told <= exact && told >= exact - (now() - began) - 1, `${told} of ${exact}`);
      assert.deepEqual([first.allowed, first.remaining, first.retryAfterMs, first.limit], [true, 6, 0, 10]);
      ms(40_000, first.resetMs);
      const refused = await limiter.take('law', slow, 9);
      assert.deepEqual([refused.allowed, refused.remaining, refused.limit], [false, 6, 10]);
      ms(40_000, refused.resetMs);
      ms(30_000, refused.retryAfterMs);
    },
  },
  {
    id: 'RL-9',
    title: 'takes nothing for a cost of 0, and says how the bucket stands',
    requires: 'strict',
    async run({ limiter }) {
      for (let count = 0; count < 3; count++) {
        assert.deepEqual(await limiter.take('law', slow, 0), { allowed: true, remaining: 10, retryAfterMs: 0, resetMs: 0, limit: 10 });
      }
      await limiter.take('law', slow, 10);
      const empty = await limiter.take('law', slow, 0);
      assert.deepEqual([empty.allowed, empty.remaining], [true, 0]);
    },
  },
  {
    id: 'RL-10',
    title: 'lets what was used stay used when the limit of a key changes',
    requires: 'strict',
    async run({ limiter }) {
      assert.equal((await limiter.take('law', slow, 10)).allowed, true);
      const wider = { tokens: 15, refillRate: 0.2 };
      assert.equal(await takeMany(limiter, 8, wider), 5);
      const { allowed, retryAfterMs } = await limiter.take('law', { tokens: 5, refillRate: 1 });
      assert.equal(allowed, false);
      assert.ok(retryAfterMs <= 11_000 && retryAfterMs > 10_000 - 2_000, `${retryAfterMs}`);
    },
  },
  {
    id: 'RL-11',
    title: 'lets no more through in any time than the bucket, what came back, and the stated error bound',
    async run({ limiter, pass, now }) {
      const limit = { tokens: 5, refillRate: 100 };
      const began = now();
      let allowed = 0;
      for (let turn = 0; turn < 12; turn++) {
        allowed += await takeMany(limiter, 8, limit);
        await pass(15);
      }
      const most = limit.tokens + (limit.refillRate * (now() - began)) / 1_000 + limiter.errorBound;
      assert.ok(allowed <= most, `${allowed} of at most ${most}`);
      assert.ok(allowed >= 12, `only ${allowed}`);
    },
  },
];
