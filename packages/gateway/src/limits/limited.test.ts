import { Call, type Clock, compose, memoryRateLimiter, type RateLimiter } from '@tutti/core';
import { testRuntime } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import type { Exchange } from '../http/exchange.ts';
import { RequestHeaders } from '../http/request-headers.ts';
import { problemHeaders, problemOf } from '../problem.ts';
import { addressPrefix, prefixBitsDefaults } from './address-prefix.ts';
import type { LimitHeaders } from './limit-headers.ts';
import { checkLimitRules, type LimitRule } from './limit-rule.ts';
import { limited } from './limited.ts';
import { checkLimiting } from './limiting-options.ts';
import { PatientLimiter } from './patient-limiter.ts';

interface Asking {
  readonly address?: string;
  readonly principal?: string;
  readonly tenant?: string;
  readonly headers?: readonly string[];
}

function setUp(
  rules: LimitRule | readonly LimitRule[],
  headers: LimitHeaders = 'standard',
  wrap = (limiter: RateLimiter): RateLimiter => limiter,
) {
  const { clock, ...rest } = testRuntime();
  let jumped = 0;
  const jumping: Clock = {
    now: () => clock.now(),
    epoch: () => clock.epoch() + jumped,
    after: (delayMs, callback) => clock.after(delayMs, callback),
    afterInput: (callback) => clock.afterInput(callback),
  };
  const runtime = { ...rest, clock: jumping };
  const limiter = new PatientLimiter(wrap(memoryRateLimiter({ runtime })), checkLimiting({}), runtime);
  const limits = checkLimitRules('limits', rules).map((rule) => ({ rule, place: 'route' }));
  const layer = limited(limits, { limiter, prefix: addressPrefix(prefixBitsDefaults), headers });
  const handler = compose<Exchange, void>(async () => {}, [layer]);
  const ask = async ({ address = '192.0.2.1', principal, tenant, headers: raw = [] }: Asking = {}) => {
    const added: string[] = [];
    const exchange = {
      request: { clientAddress: address, headers: new RequestHeaders(raw) },
      response: { added },
      tried: [],
    } as unknown as Exchange;
    const call = Call.root({ runtime, ...(principal !== undefined && { principal }), ...(tenant !== undefined && { tenant }) });
    const error = await handler(exchange, call).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    const all = [...added, ...(error ? problemHeaders(error) : [])];
    const header = (name: string): string | undefined => (all.includes(name) ? all[all.indexOf(name) + 1] : undefined);
    return { status: error ? problemOf(error, '').status : 200, header };
  };
  const statuses = async (times: number, asking?: Asking): Promise<readonly number[]> => {
    const told: number[] = [];
    for (let each = 0; each < times; each++) told.push((await ask(asking)).status);
    return told;
  };
  return { ask, statuses, clock, jump: (ms: number) => (jumped += ms) };
}

/** A list of strings with whole numbers as parameters, which is what these fields are; strict, as RFC 9651 wants it. */
function parsed(field: string | undefined): readonly { readonly name: string; readonly [parameter: string]: string | number }[] {
  return (field ?? '').split(', ').map((item) => {
    const whole = /^"([\x20-\x21\x23-\x5b\x5d-\x7e]*)"((?:;[a-z*][a-z\d_.*-]*=\d{1,15})+)$/.exec(item);
    expect(whole, item).not.toBeNull();
    const parameters = (whole?.[2] ?? '').split(';').slice(1);
    return { name: whole?.[1] ?? '', ...Object.fromEntries(parameters.map((pair) => [pair.split('=')[0], Number(pair.split('=')[1])])) };
  });
}

describe('a limit', () => {
  it('of 10 tokens at 0.1 a second: 10 pass, the 11th is told to wait 10 s, and then exactly one more passes (G12)', async () => {
    const { ask, statuses, clock } = setUp({ tokens: 10, refillRate: 0.1 });
    expect(await statuses(10)).toEqual(Array.from({ length: 10 }, () => 200));
    const eleventh = await ask();
    expect([eleventh.status, eleventh.header('retry-after')]).toEqual([429, '10']);
    await clock.advance(9_999);
    expect((await ask()).header('retry-after')).toBe('1');
    await clock.advance(1);
    expect(await statuses(3)).toEqual([200, 429, 429]);
  });

  it('gets nothing back when the wall clock jumps, in whichever direction', async () => {
    const { statuses, jump } = setUp({ tokens: 2, refillRate: 0.1 });
    expect(await statuses(3)).toEqual([200, 200, 429]);
    jump(-3_600_000);
    expect(await statuses(1)).toEqual([429]);
    jump(7_200_000);
    expect(await statuses(1)).toEqual([429]);
  });

  it('takes what a request costs', async () => {
    const { statuses } = setUp({ tokens: 10, refillRate: 1, cost: 4 });
    expect(await statuses(3)).toEqual([200, 200, 429]);
  });

  it.each<[LimitRule['by'], Asking, Asking, boolean]>([
    ['address', { address: '192.0.2.1' }, { address: '192.0.2.2' }, true],
    ['address', { principal: 'ann' }, { principal: 'bob' }, false],
    ['address', { address: '2001:db8::1' }, { address: '2001:db8::2' }, false],
    ['caller', { principal: 'ann' }, { principal: 'bob' }, true],
    ['caller', { principal: 'ann' }, { principal: 'ann', address: '192.0.2.2' }, false],
    ['caller', { principal: 'ann', tenant: 'acme' }, { principal: 'ann', tenant: 'evil' }, true],
    ['caller', { principal: 'ann' }, { principal: 'ann', tenant: 'acme' }, true],
    ['caller', {}, { address: '192.0.2.2' }, true],
    ['tenant', { principal: 'ann', tenant: 'acme' }, { principal: 'bob', tenant: 'acme' }, false],
    ['tenant', { principal: 'ann', tenant: 'acme' }, { principal: 'ann', tenant: 'evil' }, true],
    ['tenant', { principal: 'ann' }, { principal: 'ann', tenant: 'null' }, true],
    ['route', { principal: 'ann' }, { principal: 'bob', address: '192.0.2.2' }, false],
    [{ header: 'X-Key' }, { headers: ['X-Key', 'a'] }, { headers: ['x-key', 'b'] }, true],
    [{ header: 'X-Key' }, { headers: ['X-Key', 'a'] }, { headers: ['x-key', 'a'], principal: 'bob' }, false],
  ])('by %j tells %j and %j apart: %s', async (by, one, other, apart) => {
    const { statuses } = setUp({ tokens: 1, refillRate: 1, ...(by && { by }) });
    expect([await statuses(2, one), await statuses(1, other)]).toEqual([[200, 429], [apart ? 200 : 429]]);
  });

  it('by a header does not count who sends none, and keeps its values from the store', async () => {
    const keys: string[] = [];
    const { statuses } = setUp({ tokens: 1, refillRate: 1, by: { header: 'x-key' } }, 'standard', (limiter) => ({
      errorBound: 0,
      take(key, limit, cost) {
        keys.push(key);
        return limiter.take(key, limit, cost);
      },
    }));
    expect(await statuses(3)).toEqual([200, 200, 200]);
    expect(await statuses(1, { headers: ['x-key', 'secret-key'] })).toEqual([200]);
    expect(keys).toEqual([expect.stringMatching(/^route x-key:[\w-]{43}$/)]);
  });
});

describe('several limits', () => {
  const mine = { name: 'mine', tokens: 2, refillRate: 1 } as const;
  const ours = { name: 'ours', by: 'tenant', tokens: 5, refillRate: 1 } as const;

  it('must all give, and whoever is stopped by their own takes nothing from what they share', async () => {
    const { statuses } = setUp([mine, ours]);
    const [ann, bob] = [
      { principal: 'ann', tenant: 'acme' },
      { principal: 'bob', tenant: 'acme' },
    ];
    expect(await statuses(20, ann)).toEqual([200, 200, ...Array.from({ length: 18 }, () => 429)]);
    expect(await statuses(3, bob)).toEqual([200, 200, 429]);
    expect(await statuses(2, { principal: 'eve', tenant: 'acme' })).toEqual([200, 429]);
  });

  it('are told of as lists of structured fields, with whoever refused among them (G15)', async () => {
    const { ask, clock } = setUp([mine, ours]);
    const ann = { principal: 'ann', tenant: 'acme' };
    const first = await ask(ann);
    expect(parsed(first.header('ratelimit-policy'))).toEqual([
      { name: 'mine', q: 2, w: 2 },
      { name: 'ours', q: 5, w: 5 },
    ]);
    expect(parsed(first.header('ratelimit'))).toEqual([
      { name: 'mine', r: 1, t: 1 },
      { name: 'ours', r: 4, t: 1 },
    ]);
    await ask(ann);
    const third = await ask(ann);
    expect([third.status, third.header('ratelimit')]).toEqual([429, '"mine";r=0;t=2']);
    await clock.advance(500);
    for (let each = 0; each < 50; each++)
      for (const { r } of parsed((await ask({ ...ann, principal: `p${each}` })).header('ratelimit'))) expect(r).toBeGreaterThanOrEqual(0);
  });

  it('are told of in X-RateLimit-* by the one that is nearest to its end, where that is asked', async () => {
    const { ask, clock } = setUp([{ ...ours, tokens: 9 }, mine, { ...ours, name: 'more' }], 'legacy');
    const { header } = await ask({ principal: 'ann', tenant: 'acme' });
    expect([header('x-ratelimit-limit'), header('x-ratelimit-remaining')]).toEqual(['2', '1']);
    expect(Number(header('x-ratelimit-reset'))).toBe(clock.epoch() / 1_000 + 1);
    expect(header('ratelimit')).toBeUndefined();
    const both = await setUp(mine, 'both').ask();
    expect([both.header('ratelimit'), both.header('x-ratelimit-remaining')]).toEqual(['"mine";r=1;t=1', '1']);
    expect((await setUp(mine, 'none').ask()).header('ratelimit-policy')).toBeUndefined();
  });

  it('say by how much they may be exceeded', async () => {
    const { ask } = setUp(mine, 'standard', (limiter) => ({ errorBound: 40, take: (...args) => limiter.take(...args) }));
    expect(parsed((await ask()).header('ratelimit-policy'))).toEqual([{ name: 'mine', q: 2, w: 2, 'tutti-bound': 40 }]);
  });
});

describe('the table of a limiter', () => {
  it('has no more buckets than it may, whatever clients make up', async () => {
    const runtime = testRuntime();
    const memory = memoryRateLimiter({ maxKeys: 100, runtime });
    const { statuses } = setUp({ tokens: 1, refillRate: 1 }, 'standard', () => memory);
    for (let index = 0; index < 1_000; index++) await statuses(1, { address: `2001:db8:0:${index.toString(16)}::1` });
    expect(memory.size).toBe(100);
  });
});

describe('a rule', () => {
  const good = { tokens: 10, refillRate: 1 };
  it.each<[unknown, string]>([
    [{ tokens: 10 }, 'at.refillRate'],
    [{ ...good, tokens: 0.5 }, 'at.tokens'],
    [{ ...good, refillRate: 0 }, 'at.refillRate'],
    [{ ...good, cost: 11 }, 'at.cost'],
    [{ ...good, cost: 0 }, 'at.cost'],
    [{ ...good, by: 'cookie' }, 'at.by'],
    [{ ...good, by: { header: 'a b' } }, 'at.by.header'],
    [{ ...good, name: 'a"b' }, 'at.name'],
    [{ ...good, window: '1m' }, 'at.window'],
    [[good, { ...good, name: 'x' }, good], 'at[2].name'],
    [[{ ...good, by: 'x' }], 'at[0].by'],
  ])('is refused as %j', (rule, path) => {
    expect(() => checkLimitRules('at', rule as LimitRule)).toThrowError(
      expect.objectContaining({ code: 'INVALID_OPTIONS', details: expect.objectContaining({ path }) }),
    );
  });
});
