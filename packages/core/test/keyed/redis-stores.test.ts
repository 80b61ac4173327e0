import { afterAll, beforeAll, describe, it } from 'vitest';
import { redisConfigStore } from '../../src/adapters/redis/redis-config-store.ts';
import { redisRateLimiter } from '../../src/adapters/redis/redis-rate-limiter.ts';
import { defaultRuntime, silentLogger, sleep } from '../../src/index.ts';
import { checkLaws, configStoreLaws, rateLimiterLaws } from '../../src/testing/index.ts';
import { connect } from './redis-connection.ts';
import { type RedisServers, startRedis } from './redis-servers.ts';

const runtime = { ...defaultRuntime, logger: silentLogger };
const { clock } = runtime;

describe.each([
  ['one server', 1],
  ['a cluster', 3],
] as const)('in Redis, %s,', (_name, count) => {
  let servers: RedisServers;
  let connection: ReturnType<typeof connect>;
  let law = 0;
  beforeAll(async () => {
    servers = await startRedis(count);
    connection = connect(servers.ports);
  }, 30_000);
  afterAll(async () => {
    await connection.stop();
    await servers.stop();
  });

  describe('the limiter', () => {
    checkLaws(
      it,
      rateLimiterLaws,
      () => ({
        limiter: redisRateLimiter({ connection, prefix: `law ${law++}:` }),
        pass: (ms) => sleep(clock, ms),
        now: () => clock.now(),
      }),
      { strict: true },
    );
  });

  describe('the config store', () => {
    checkLaws(it, configStoreLaws, () => {
      const prefix = `law ${law++}:`;
      const make = () => redisConfigStore({ connection, prefix, maxHistory: 5, maxValueBytes: 1_000, runtime });
      return { store: make(), other: make() };
    });
  });
});
