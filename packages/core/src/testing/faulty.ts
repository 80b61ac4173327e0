import { coreError } from '../errors/core-errors.ts';
import { checkOptions } from '../options/check-options.ts';
import { finiteNumber, listOf, objectWith, oneOf, text, wholeNumber } from '../options/rules.ts';
import type { Clock } from '../runtime/clock.ts';
import { type Random, seededRandom } from '../runtime/random.ts';
import { sleep } from '../runtime/sleep.ts';

/**
 * What becomes of one call:
 * - `fail`: it is not made, and the caller gets an error;
 * - `drop`: it is made and its answer is lost, so the caller gets the same error and cannot tell;
 * - `duplicate`: it is made twice, one after the other, and the caller gets the first answer;
 * - `delay`: it is made later;
 * - `pass`: it is made.
 */
export type Fault = 'fail' | 'drop' | 'duplicate' | 'delay' | 'pass';

/** The methods of a contract that return promises. */
export type AsyncMethod<T> = { [M in keyof T]-?: T[M] extends (...args: never[]) => Promise<unknown> ? M : never }[keyof T] & string;

/** Faults call by call; after the end of a list every call passes. */
export type FaultList<T> = { readonly [M in AsyncMethod<T>]?: readonly Fault[] };

/** Faults drawn for each call of these methods; the rates are shares and add up to 1 at most. */
export interface FaultSeed<T> {
  readonly seed: number;
  readonly methods: readonly AsyncMethod<T>[];
  readonly rates: { readonly [F in Exclude<Fault, 'pass'>]?: number };
}

export interface FaultyOptions<T> {
  /** What happens to which call: a list, or what a seed gives. */
  readonly plan: { readonly calls: FaultList<T> } | FaultSeed<T>;
  /** Of delays. Required where the plan has any. */
  readonly clock?: Clock;
  /** Whole, ≥ 0. @defaultValue 100 */
  readonly delayMs?: number;
  /** Makes what the caller gets. @defaultValue STORE_UNAVAILABLE, which is retryable */
  readonly error?: (method: string) => unknown;
}

export const faultyDefaults = { delayMs: 100 } as const;

export interface PlayedFault {
  readonly method: string;
  /** Which call of this method it was, from 1. */
  readonly call: number;
  readonly fault: Fault;
}

export interface Faulty<T> {
  /** To be used in the place of the adapter. Members that the plan does not name are those of the adapter. */
  readonly adapter: T;
  /** What became of the calls so far, those that passed included. */
  readonly played: readonly PlayedFault[];
  /** From now on every call passes. */
  heal(): void;
  /** One line that says the seed and what was played: `seed 7: set#2 drop, get#1 fail`. */
  toString(): string;
}

/**
 * Puts faults in front of any contract whose methods return promises.
 *
 * @example
 * ```ts
 * import { faulty } from '@tutti/core/testing';
 *
 * const store = { async put(key: string) { return `kept ${key}`; } };
 * const { adapter, played } = faulty(store, { plan: { calls: { put: ['pass', 'drop'] } } });
 * await adapter.put('a');
 * await adapter.put('b').catch((error) => console.log(error.code, played.length));
 * ```
 */
export function faulty<T extends object>(adapter: T, options: FaultyOptions<T>): Faulty<T> {
  const { plan, clock, delayMs, error = lost } = checked(options);
  const draw = 'calls' in plan ? fromList(plan.calls) : fromSeed(plan);
  const played: PlayedFault[] = [];
  const counts = new Map<string, number>();
  let healed = false;

  async function play(method: string, make: () => Promise<unknown>): Promise<unknown> {
    const call = (counts.get(method) ?? 0) + 1;
    counts.set(method, call);
    const fault = healed ? 'pass' : draw(method, call);
    played.push({ method, call, fault });
    if (fault === 'fail') throw error(method);
    if (fault === 'delay') await sleep(clock as Clock, delayMs);
    const answer = await make();
    if (fault === 'drop') throw error(method);
    if (fault === 'duplicate') await make().catch(() => undefined);
    return answer;
  }
  const names = new Set<PropertyKey>('calls' in plan ? Object.keys(plan.calls) : plan.methods);
  return {
    adapter: new Proxy(adapter, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        if (!names.has(name)) return member.bind(target);
        return (...args: readonly unknown[]) => play(String(name), async () => member.apply(target, args));
      },
    }),
    played,
    heal() {
      healed = true;
    },
    toString() {
      const faults = played.filter(({ fault }) => fault !== 'pass').map(({ method, call, fault }) => `${method}#${call} ${fault}`);
      return `${'calls' in plan ? 'faults' : `seed ${plan.seed}`}: ${faults.join(', ') || 'none'}`;
    },
  };
}

type Draw = (method: string, call: number) => Fault;

function fromList<T>(calls: FaultList<T>): Draw {
  const lists: Readonly<Record<string, readonly Fault[] | undefined>> = calls;
  return (method, call) => lists[method]?.[call - 1] ?? 'pass';
}

function fromSeed<T>({ seed, rates }: FaultSeed<T>): Draw {
  const random: Random = seededRandom(seed);
  return () => {
    let left = random();
    for (const [fault, rate] of Object.entries(rates)) {
      left -= rate;
      if (left < 0) return fault as Fault;
    }
    return 'pass';
  };
}

function lost(method: string): unknown {
  return coreError('STORE_UNAVAILABLE', { store: method, problem: 'the connection was lost (a fault that was played)' });
}

const rate = finiteNumber({ min: 0, max: 1 });

function checked<T>(options: FaultyOptions<T>): FaultyOptions<T> & { readonly delayMs: number } {
  const whole = checkOptions<FaultyOptions<T>, typeof faultyDefaults>(
    'faulty',
    options,
    {
      required: { plan: objectWith('{ calls } or { seed, methods, rates }') },
      optional: {
        clock: objectWith('a Clock', 'now', 'after'),
        delayMs: wholeNumber(),
        error: (value) => (typeof value === 'function' ? undefined : 'must be a function'),
      },
    },
    faultyDefaults,
  );
  const { plan, clock } = whole;
  if ('calls' in plan) {
    const lists = Object.fromEntries(
      Object.keys(plan.calls).map((method) => [method, listOf(oneOf('fail', 'drop', 'duplicate', 'delay', 'pass'))]),
    );
    checkOptions('faulty.plan.calls', plan.calls as Readonly<Record<string, unknown>>, { optional: lists });
  } else {
    checkOptions('faulty.plan', plan, { required: { seed: wholeNumber(), methods: listOf(text), rates: objectWith('rates') } });
    checkOptions('faulty.plan.rates', plan.rates, { optional: { fail: rate, drop: rate, duplicate: rate, delay: rate } });
  }
  const lists = 'calls' in plan ? Object.values<readonly Fault[] | undefined>(plan.calls) : [];
  const delays = 'calls' in plan ? lists.some((list) => list?.includes('delay')) : (plan.rates.delay ?? 0) > 0;
  if (delays && !clock) throw coreError('INVALID_OPTIONS', { path: 'faulty.clock', problem: 'is missing, and the plan has delays' });
  return whole;
}
