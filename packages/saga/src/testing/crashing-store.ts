import { type FatalWrites, fatalWrites } from '@tutti/core/testing';
import type { ClaimRequest, SagaStore } from '../store/saga-store.ts';

/**
 * For a program that `sweepCrashPoints` of `@tutti/core/testing` runs: its store, with a SIGKILL of the process at the write that this life is to
 * die at. Writes are named `saga.start`, `saga.claim`, `saga.` and the name of the checkpoint, `saga.renew`, `saga.release`, `saga.ask`,
 * `saga.forget`, `saga.outbox-take` and `saga.outbox-drop`. Claims and takes that find nothing write nothing and have no name, so
 * that each undisturbed life has the same ones. Outside a sweep it changes nothing but that it looks before it claims.
 *
 * @example
 * ```ts
 * import { memoryStore } from '@tutti/saga';
 * import { crashingStore } from '@tutti/saga/testing';
 *
 * const store = crashingStore(memoryStore());
 * ```
 */
export function crashingStore(store: SagaStore): SagaStore {
  return namedWrites(store, fatalWrites());
}

/** Hands every write of a store over under its name. */
export function namedWrites(store: SagaStore, writes: FatalWrites): SagaStore {
  const { desk, outbox } = store;
  return {
    name: store.name,
    capabilities: store.capabilities,
    open: (runtime) => store.open(runtime),
    close: () => store.close(),
    create: (saga, options) => writes.make('saga.start', () => store.create(saga, options)),
    checkpoint: (checkpoint) => writes.make(`saga.${checkpoint.name}`, () => store.checkpoint(checkpoint)),
    renew: (worker, held, leaseMs) => writes.make(leaseMs === 0 ? 'saga.release' : 'saga.renew', () => store.renew(worker, held, leaseMs)),
    async claim(request) {
      const claim = (): ReturnType<SagaStore['claim']> => store.claim(request);
      return (await wouldClaim(store, request)) ? writes.make('saga.claim', claim) : claim();
    },
    desk: {
      load: (id) => desk.load(id),
      ended: (ids) => desk.ended(ids),
      list: (query) => desk.list(query),
      stats: () => desk.stats(),
      watch: (listener) => desk.watch(listener),
      ask: (id, request, from, to) => writes.make('saga.ask', () => desk.ask(id, request, from, to)),
      forget: (before, max) => writes.make('saga.forget', () => desk.forget(before, max)),
    },
    outbox: {
      async take(worker, leaseMs, max) {
        const take = (): ReturnType<SagaStore['outbox']['take']> => outbox.take(worker, leaseMs, max);
        return (await desk.stats()).unpublished > 0 ? writes.make('saga.outbox-take', take) : take();
      },
      drop: (worker, ids) => writes.make('saga.outbox-drop', () => outbox.drop(worker, ids)),
    },
  };
}

async function wouldClaim(store: SagaStore, request: ClaimRequest): Promise<boolean> {
  if (request.max === 0) return false;
  const { nextDueAt, now } = await store.claim({ ...request, max: 0 });
  return nextDueAt !== undefined && nextDueAt <= now;
}
