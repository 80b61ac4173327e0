import { Cache, type CacheOptions, scopedKey, shared } from '../../src/cache/index.ts';
import type { Call } from '../../src/call/call.ts';
import { sleep } from '../../src/runtime/sleep.ts';
import { type TestRuntime, testRuntime } from '../../src/testing/index.ts';

export const key = (...parts: [string | number, ...(string | number)[]]): ReturnType<typeof scopedKey> => scopedKey(shared(), ...parts);

export interface House {
  readonly cache: Cache;
  readonly runtime: TestRuntime;
  /** What the source has, how long it takes, and whether it fails; `loads` counts. */
  readonly source: { value: unknown; tookMs: number; failure: unknown; loads: number; load: (call: Call) => Promise<unknown> };
}

export function house(options: Partial<CacheOptions> = {}, runtime: TestRuntime = testRuntime()): House {
  const cache = new Cache({ name: 'test', l1: { maxBytes: 1_000_000 }, ttl: '10s', jitter: 0, earlyRefresh: 0, runtime, ...options });
  const source: House['source'] = {
    value: 'v1',
    tookMs: 0,
    failure: undefined,
    loads: 0,
    async load(call) {
      source.loads++;
      const { value } = source;
      if (source.tookMs > 0) await sleep(runtime.clock, source.tookMs, { signal: call.signal });
      if (source.failure !== undefined) throw source.failure;
      return value;
    },
  };
  return { cache, runtime, source };
}

/** Runs the clock until the work has ended. */
export async function ended<T>(runtime: TestRuntime, work: Promise<T>, withinMs = 120_000): Promise<T> {
  let over = false;
  const done = work.finally(() => {
    over = true;
  });
  done.catch(() => undefined);
  for (let passed = 0; !over && passed < withinMs; passed += 5) await runtime.clock.advance(5);
  return done;
}

export const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );
