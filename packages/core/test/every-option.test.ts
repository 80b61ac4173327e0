import CircuitBreaker from 'opossum';
import { describe, expect, it } from 'vitest';
import { bottleneckThrottle } from '../src/adapters/bottleneck.ts';
import * as etcd from '../src/adapters/etcd.ts';
import * as files from '../src/adapters/files.ts';
import { opossumBreaker } from '../src/adapters/opossum.ts';
import * as redis from '../src/adapters/redis.ts';
import * as cache from '../src/cache/index.ts';
import * as core from '../src/index.ts';
import * as inspect from '../src/inspect/index.ts';
import * as secrets from '../src/secrets/index.ts';
import * as sqlite from '../src/sqlite/index.ts';

type Make = (options: unknown) => unknown;

/** Everything that takes options, by the path that its errors name. */
const factories: Readonly<Record<string, Make>> = {
  backoff: core.exponential as Make,
  ...named(
    core,
    'admission',
    'breaker',
    'bulkhead',
    'fallback',
    'failureRate',
    'gradientLimit',
    'hedge',
    'loadReporter',
    'logged',
    'metered',
    'protect',
    'retry',
    'retryBudget',
    'singleFlight',
  ),
  ...named(
    core,
    'throttle',
    'timeout',
    'traced',
    'leader',
    'memoryKeyValue',
    'memoryLease',
    'memoryRateLimiter',
    'memoryConfigStore',
    'consoleLogger',
  ),
  leasedRateLimiter: (options) => core.leasedRateLimiter(core.memoryRateLimiter(), options as never),
  system: (options) => core.system('app', [], options as never),
  runUntilSignal: (options) => core.runUntilSignal(core.component('part', {}), options as never),
  manualClock: (options) => core.manualClock(0, options as never),
  cache: (options) => new cache.Cache(options as never),
  ...named(sqlite, 'sqliteDatabase', 'sqliteKeyValue', 'sqliteLease', 'sqliteRateLimiter', 'sqliteConfigStore'),
  ...named(etcd, 'etcdConnection', 'etcdConfigStore'),
  ...named(files, 'fileConfigStore'),
  ...named(redis, 'redisConnection', 'redisKeyValue', 'redisLease', 'redisRateLimiter', 'redisConfigStore'),
  ...named(secrets, 'envSecrets', 'fileSecrets', 'vaultSecrets'),
  ...named(inspect, 'inspectionHandler', 'inspectionServer'),
  opossumBreaker: (options) => opossumBreaker(CircuitBreaker, options as never),
  bottleneckThrottle: bottleneckThrottle as Make,
};

function named(module: object, ...names: readonly string[]): Readonly<Record<string, Make>> {
  return Object.fromEntries(names.map((name) => [name, (module as Readonly<Record<string, Make>>)[name] as Make]));
}

async function refusal(make: Make, options: unknown): Promise<unknown> {
  try {
    await make(options);
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('options', () => {
  it.each(Object.entries(factories))('of %s are checked when they are given, and the error names the path', async (path, make) => {
    for (const options of [{ nonsense: 1 }, 7]) {
      const error = await refusal(make, options);
      expect(error, `${path} with ${JSON.stringify(options)}`).toMatchObject({ code: 'INVALID_OPTIONS' });
      expect((error as { details: { path: string } }).details.path).toMatch(new RegExp(`^${path}(\\.|$)`));
    }
  });

  it('are checked by everything that publishes defaults', () => {
    const shared = ['configLimits', 'inspection', 'redisPlace']; // of all config stores; of the inspection handler and its server; of whatever is kept in a Redis
    const known = [...shared, ...Object.keys(factories).map((name) => (name === 'backoff' ? 'exponential' : name))];
    const published = [core, cache, sqlite, redis, etcd, secrets, inspect]
      .flatMap((module) => Object.keys(module))
      .filter((name) => name.endsWith('Defaults'))
      .map((name) => name.replace(/Defaults$/, ''));
    expect(published.filter((name) => !known.includes(name))).toEqual([]);
  });
});
