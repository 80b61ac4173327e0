import { setTimeout as pause } from 'node:timers/promises';
import { type RedisConnection, redisConnection } from '@tutti/core/redis';
import { faultScale, type Simulation, testRuntime } from '@tutti/core/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../../../tools/services/needs.ts';
import { type RedisServer, startRedis } from '../../../tools/services/redis.ts';
import { redisBackend } from '../src/adapters/redis.ts';
import { playFaults } from './fault-schedule.ts';
import { quiet, type Rewrite, withClock } from './redis-registry.ts';

const seeds = faultScale(100);

/** What the schedule needs of a simulation, over real sockets: time is moved by hand in steps, and answers are waited for in between. */
function overSockets(
  seed: number,
  settled: () => Promise<void>,
): Pick<Simulation, 'runtime' | 'below' | 'pick' | 'note' | 'pass' | 'within'> {
  const runtime = testRuntime(seed);
  const below = (limit: number): number => Math.floor(runtime.random() * limit);
  const step = async (ms: number): Promise<void> => {
    await runtime.clock.advance(ms);
    await settled();
    await pause(1); // a message to another connection has no answer that could be waited for
  };
  return {
    runtime,
    below,
    pick: (items) => items[below(items.length)] as (typeof items)[number],
    note: () => {},
    async pass(ms) {
      for (let passed = 0; passed < ms; passed += 200) await step(Math.min(200, ms - passed));
    },
    async within(ms, work) {
      let done = false;
      const over = (): void => {
        done = true;
      };
      work.then(over, over);
      for (let passed = 0; passed <= ms && !done; passed += 100) await step(100);
      if (!done) throw new Error(`it was not done within ${ms} ms`);
      return work;
    },
  };
}

describeWith('redis-server', 'whatever happens to processes, their lines and a Redis, what each was told holds together', () => {
  let server: RedisServer;
  let connection: RedisConnection;
  beforeAll(async () => {
    server = await startRedis();
    connection = redisConnection({ url: server.url, runtime: quiet });
    await connection.start();
  });
  afterAll(async () => {
    await connection.stop();
    await server.stop();
  });

  async function play(seed: number, rewrite?: Rewrite): Promise<void> {
    const keyPrefix = `seed ${seed} ${rewrite ? 'careless' : ''}:`;
    let now = (): number => 0;
    const timed = withClock(connection, keyPrefix, () => now(), rewrite);
    const sim = overSockets(seed, () => timed.settled());
    now = () => sim.runtime.clock.epoch();
    await playFaults(sim as Simulation, {
      members: 4,
      steps: 30,
      connect: () => redisBackend({ connection: timed, reconcileEvery: '1h', runtime: sim.runtime }),
      async forget() {
        await connection.command('DEL', ...['lives', 'ends', 'log'].map((part) => `${keyPrefix}discovery:{voice}:${part}`));
      },
    });
  }

  it('and all come to what it holds', { timeout: 600_000 }, async () => {
    for (let seed = 1; seed <= seeds; seed++)
      await play(seed).catch((error: unknown) => Promise.reject(new Error(`seed ${seed}`, { cause: error })));
  });

  it('control: where any place in the log is believed, it does not', { timeout: 600_000 }, async () => {
    const careless: Rewrite = (script) => script.replace(" or not call('XRANGE', log, ARGV[1], ARGV[1], 'COUNT', 1)[1]", '');
    const run = async (): Promise<void> => {
      for (let seed = 1; seed <= 20; seed++) await play(seed, careless);
    };
    await expect(run()).rejects.toThrow(/which is not there/);
  });
});
