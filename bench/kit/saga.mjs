// D, the kit: three free steps, started and waited for through the public face, in one process that also carries them on. Input and results go
// through schema and codec; a lease, a fence and a journal are kept of each saga, as always.
import { join } from 'node:path';
import { defineEvents, everyTenant } from '../../packages/core/src/index.ts';
import { defineSaga, SagaOrchestrator } from '../../packages/saga/src/index.ts';

const saga = (storeOf) => async (cfg) => {
  const { z } = await import('zod');
  const begun = new Map();
  const firsts = [];
  const step = async (id, n) => `${id}:${n}`;
  const bench = defineSaga(defineEvents({}), 'bench', { input: z.object({ id: z.string() }) })
    .step('s1', {
      run: ({ input: { id } }) => {
        firsts.push(performance.now() - begun.get(id));
        begun.delete(id);
        return step(id, 1);
      },
    })
    .step('s2', { run: ({ input }) => step(input.id, 2) })
    .step('s3', { run: ({ input }) => step(input.id, 3) })
    .returns(({ results }) => results.s3);
  const sagas = new SagaOrchestrator({ store: await storeOf(cfg), sagas: [bench], concurrency: Math.max(cfg.concurrency, 64) });
  await sagas.start();
  return {
    run: async (id) => {
      begun.set(id, performance.now());
      return sagas.result(await sagas.startSaga('bench', { id }, { id }));
    },
    firsts: () => firsts,
    /** Each of them, by its own history: completed, with three outcomes. */
    count: async () => {
      let [stored, after] = [0, undefined];
      do {
        const page = await sagas.list({ tenant: everyTenant, limit: 1_000, status: 'completed', ...(after && { after }) });
        stored += page.items.length;
        after = page.next;
      } while (after);
      return stored;
    },
    close: () => sagas.stop(),
  };
};

const sqlite = async ({ dir }) => (await import('../../packages/saga/src/adapters/sqlite.ts')).sqliteStore({ path: join(dir, 'saga.db') });
const postgres = async ({ pgUrl }) => (await import('../../packages/saga/src/adapters/postgres.ts')).postgresStore({ url: pgUrl });
const redis = async ({ redisPort }) => (await import('../../packages/saga/src/adapters/redis.ts')).redisStore({ url: `redis://127.0.0.1:${redisPort}` });

/** At one saga at a time the bound is a statement a write; beside others it is group commit. */
const goals = ({ one, many, share, peer }) => [
  { metric: 'rate', of: one, atLeast: 0.85, at: 1 },
  { metric: 'firstP50', of: one, atMost: 2, at: 1 },
  { metric: 'rate', of: many, atLeast: share, at: 256 },
  { metric: 'cpuUs', of: many, at: 256 },
  { metric: 'p99', of: many, atMost: 2, at: 32 },
  ...(peer ? [{ metric: 'rate', of: peer.name, atLeast: peer.times, at: 256 }] : []),
];

export default [
  {
    name: 'tutti on postgres',
    needs: ['pg'],
    goals: goals({ one: 'bound pg, a statement a write', many: 'bound pg, group commit', share: 0.5, peer: { name: 'dbos (postgres)', times: 35 } }),
    setup: saga(postgres),
  },
  {
    name: 'tutti on sqlite',
    needs: [],
    goals: goals({ one: 'bound sqlite FULL', many: 'bound sqlite FULL, group commit', share: 0.5 }),
    setup: saga(sqlite),
  },
  {
    name: 'tutti on redis everysec',
    needs: ['redis'],
    goals: [
      { metric: 'rate', of: 'bound redis everysec', atLeast: 0.6, at: 32 },
      { metric: 'rate', of: 'bound redis everysec', atLeast: 0.6, at: 256 },
      { metric: 'p99', of: 'bound redis everysec', atMost: 2, at: 32 },
      { metric: 'firstP50', of: 'bound redis everysec', atMost: 2, at: 1 },
      { metric: 'rate', of: 'bullmq flow (redis everysec)', atLeast: 7, at: 256 },
    ],
    setup: saga(redis),
  },
  { name: 'tutti on redis fsync always', needs: ['redis-always'], goals: [{ metric: 'rate', of: 'bound redis fsync always', at: 256 }], setup: saga(redis) },
];
