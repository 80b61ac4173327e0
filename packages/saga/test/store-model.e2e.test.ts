import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { faultScale } from '@tutti/core/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, it } from 'vitest';
import { describeWith } from '../../../tools/services/needs.ts';
import { type PostgresServer, startPostgres } from '../../../tools/services/postgres.ts';
import { type RedisServer, startRedis } from '../../../tools/services/redis.ts';
import { redisStore } from '../src/adapters/redis.ts';
import { checkStoreAgainstModel, type SagaStoreSubject } from '../src/testing/index.ts';
import { modelCommands } from './model-commands.ts';
import { type PostgresPlace, postgresPlace, quiet } from './postgres-place.ts';

/** Time is real here, and each run waits for it. */
const numRuns = faultScale(80);

async function agrees(make: () => Promise<SagaStoreSubject & { dispose(): Promise<void> }>): Promise<void> {
  await fc.assert(
    fc.asyncProperty(modelCommands, async (commands) => {
      const subject = await make();
      try {
        await checkStoreAgainstModel(subject, commands);
      } finally {
        await subject.dispose();
      }
    }),
    { numRuns },
  );
}

describeWith('postgres', 'the Postgres store and the model of the contract', () => {
  let server: PostgresServer;
  let place: PostgresPlace;
  beforeAll(async () => {
    server = await startPostgres(['fsync=off']);
    place = await postgresPlace(await server.createDatabase('model'));
  }, 60_000);
  afterAll(async () => {
    await place.drop();
    await server.stop();
  });

  it('agree, whatever is asked', { timeout: 900_000 }, () => agrees(() => place.subject()));
});

describeWith('redis-server', 'the Redis store and the model of the contract', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  it('agree, whatever is asked', { timeout: 900_000 }, () =>
    agrees(async () => {
      const store = redisStore({ url: server.url, name: `{${randomUUID()}}` });
      await store.open(quiet);
      return { store, leaseMs: 250, pass: (ms) => pause(ms + 5), dispose: () => store.close() };
    }),
  );
});
