import { describe, expect, expectTypeOf, it } from 'vitest';
import { type AsyncMethod, type FaultyOptions, faulty, testRuntime } from './index.ts';

/** Has what a Proxy gets wrong easily: a private field, a getter, and a method that is not asynchronous. */
class Counter {
  #count = 0;
  get count(): number {
    return this.#count;
  }
  async add(by: number): Promise<number> {
    this.#count += by;
    return this.#count;
  }
  async read(): Promise<number> {
    return this.#count;
  }
  peek(): number {
    return this.#count;
  }
}

const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    (value) => value,
    (error) => error.code,
  );

describe('faulty', () => {
  it('plays each fault as it says, call by call, and passes after the end of the list', async () => {
    const { clock } = testRuntime();
    const counter = new Counter();
    const { adapter, played } = faulty(counter, {
      plan: { calls: { add: ['pass', 'fail', 'drop', 'duplicate', 'delay'] } },
      clock,
      delayMs: 50,
    });
    const seen: unknown[] = [];
    for (let call = 0; call < 4; call++) seen.push(await codeOf(adapter.add(1)), adapter.count);
    expect(seen).toEqual([1, 1, 'STORE_UNAVAILABLE', 1, 'STORE_UNAVAILABLE', 2, 3, 4]);
    const late = adapter.add(1);
    await clock.advance(49);
    expect(adapter.peek()).toBe(4);
    await clock.advance(1);
    expect([await late, await adapter.add(1), await adapter.read()]).toEqual([5, 6, 6]);
    expect(played.map(({ method, call, fault }) => `${method}#${call} ${fault}`)).toEqual([
      'add#1 pass',
      'add#2 fail',
      'add#3 drop',
      'add#4 duplicate',
      'add#5 delay',
      'add#6 pass',
    ]);
  });

  it('draws the same from the same seed, about as often as the rates say, and prints the seed', async () => {
    const playedBy = async (seed: number): Promise<string> => {
      const made = faulty(new Counter(), { plan: { seed, methods: ['add'], rates: { fail: 0.2, drop: 0.1 } } });
      for (let call = 0; call < 1_000; call++) await made.adapter.add(1).catch(() => undefined);
      const share = made.played.filter(({ fault }) => fault === 'fail').length / 1_000;
      expect(share).toBeGreaterThan(0.15);
      expect(share).toBeLessThan(0.25);
      return String(made);
    };
    const [one, again, other] = [await playedBy(7), await playedBy(7), await playedBy(8)];
    expect(one).toMatch(/^seed 7: add#\d+ (fail|drop), /);
    expect(one).toBe(again);
    expect(one.slice(8)).not.toBe(other.slice(8));
  });

  it('stops when it is healed', async () => {
    const made = faulty(new Counter(), { plan: { seed: 1, methods: ['add'], rates: { fail: 1 } } });
    await expect(made.adapter.add(1)).rejects.toMatchObject({ retryable: true });
    made.heal();
    expect(await made.adapter.add(1)).toBe(1);
    expect(`${made}`).toBe('seed 1: add#1 fail');
  });

  it.each([
    [{ plan: {} }, 'faulty.plan.seed is missing'],
    [{ plan: { calls: { add: ['boom'] } } }, "faulty.plan.calls.add[0] must be 'fail' or"],
    [{ plan: { calls: { add: ['delay'] } } }, 'faulty.clock is missing, and the plan has delays'],
    [{ plan: { seed: 1, methods: ['add'], rates: { fail: 2 } } }, 'faulty.plan.rates.fail must be a number from 0 to 1, got 2'],
  ])('refuses %j', (options, message) => {
    expect(() => faulty(new Counter(), options as unknown as FaultyOptions<Counter>)).toThrowError(message);
  });

  it('knows the methods that it can play', () => {
    expectTypeOf<AsyncMethod<Counter>>().toEqualTypeOf<'add' | 'read'>();
    // @ts-expect-error peek returns no promise
    faulty(new Counter(), { plan: { calls: { peek: ['fail'] } } });
  });
});
