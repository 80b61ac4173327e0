import { testRuntime } from '@tutti/core/testing';
import { memoryStore, type SagaStore } from '@tutti/saga';
import { sqliteStore } from '@tutti/saga/sqlite';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withoutFence } from '../src/faults/sabotage.ts';
import { checkStoreAgainstModel } from '../src/testing/index.ts';
import { modelCommands } from './model-commands.ts';

async function agrees(makeStore: () => SagaStore, numRuns: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(modelCommands, async (commands) => {
      const runtime = testRuntime();
      const store = makeStore();
      await store.open(runtime);
      await checkStoreAgainstModel({ store, leaseMs: 1_000, pass: (ms) => runtime.clock.advance(ms) }, commands, { exactTime: true });
      await store.close();
    }),
    { numRuns },
  );
}

/** What a store might get wrong. */
const wrong: readonly (readonly [what: string, (store: SagaStore) => Partial<SagaStore>])[] = [
  ['takes a checkpoint from whoever comes', withoutFence],
  ['takes what was asked for answered', ({ checkpoint }) => ({ checkpoint: (one) => checkpoint({ ...one, answered: 1_000 }) })],
  ['queues where it is to refuse', ({ create }) => ({ create: (saga, options) => create(saga, { ...options, whenLocked: 'queue' }) })],
  ['claims one too many', ({ claim }) => ({ claim: (request) => claim({ ...request, max: request.max + 1 }) })],
  ['loses nothing', ({ renew }) => ({ renew: async (...given) => ({ ...(await renew(...given)), lost: [] }) })],
  ['lets all publish', ({ outbox }) => ({ outbox: { ...outbox, take: (_worker, leaseMs, max) => outbox.take('all', leaseMs, max) } })],
  ['forgets what has just ended', ({ desk }) => ({ desk: { ...desk, forget: (_before, max) => desk.forget(1e15, max) } })],
  [
    'hears what it may not',
    ({ desk }) => ({
      desk: { ...desk, ask: (id, request, from, to) => desk.ask(id, request, [...from, 'running', 'compensating', 'stuck'], to) },
    }),
  ],
  ['loses events', ({ checkpoint }) => ({ checkpoint: ({ events: _events, ...one }) => checkpoint(one) })],
];

describe('a store does what the model of the contract does, whatever is asked of it', () => {
  it('in memory', { timeout: 120_000 }, () => agrees(memoryStore, 500));
  it('in SQLite', { timeout: 120_000 }, () => agrees(() => sqliteStore({ path: ':memory:' }), 200));

  it.each(wrong)('and one that %s does not (control)', async (_what, sabotage) => {
    const made = (): SagaStore => {
      const store = memoryStore();
      return { ...store, ...sabotage(store) };
    };
    await expect(agrees(made, 600)).rejects.toThrowError(/^Property failed/);
  });
});
