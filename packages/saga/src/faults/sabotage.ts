import { TuttiError } from '@tutti/core';
import { jsonCodec } from '../engine/payload-codec.ts';
import { SagaState } from '../engine/saga-state.ts';
import type { ClaimedSaga, SagaStore } from '../store/saga-store.ts';

/*
 * Stores that are broken on purpose, each in one promise: a trial that does not notice proves nothing.
 */

/** Takes a checkpoint from whoever comes, as if he were the one who holds the saga. */
export function withoutFence(store: SagaStore): SagaStore {
  return {
    ...store,
    async checkpoint(checkpoint) {
      try {
        await store.checkpoint(checkpoint);
      } catch (error) {
        const held = TuttiError.is(error, 'SAGA_FENCED') ? await store.desk.load(checkpoint.id) : undefined;
        if (held?.owner === undefined) throw error;
        await store.checkpoint({ ...checkpoint, worker: held.owner, fence: held.fence });
      }
    },
  };
}

/** Robs whoever starts a saga of it once: more often, and none would ever end. */
export function withoutLease(store: SagaStore): SagaStore {
  return {
    ...store,
    create: (saga, options) => store.create(saga, options?.hold ? { ...options, hold: { ...options.hold, leaseMs: 1 } } : options),
  };
}

/** What was begun and has no outcome is forgotten, and the saga is undone: as where an undo is registered when its step has returned, which is how most recipes have it. */
export function armedAfterSuccess(store: SagaStore): SagaStore {
  return {
    ...store,
    async claim(request) {
      const claimed = await store.claim(request);
      return { ...claimed, sagas: claimed.sagas.map(forgetful) };
    },
  };
}

function forgetful(record: ClaimedSaga): ClaimedSaga {
  const open = new SagaState(jsonCodec, record.entries).steps.filter(({ deed }) => deed.open).map(({ step }) => step);
  if (record.status !== 'running' || open.length === 0) return record;
  const kept = record.entries.filter(({ step }) => step === undefined || !open.includes(step));
  const last = record.entries.at(-1) as (typeof record.entries)[0];
  const failure = { code: 'CRASH', message: 'the worker died' };
  return { ...record, status: 'compensating', entries: [...kept, { ...last, what: 'compensating', step: open[0] as string, failure }] };
}

/** Tells nobody that a saga was taken from a worker that died: it looks as if it had been given back. */
export function withoutTakeOvers(store: SagaStore): SagaStore {
  return {
    ...store,
    async claim(request) {
      const claimed = await store.claim(request);
      return { ...claimed, sagas: claimed.sagas.map(({ takenFrom: _, ...record }) => record) };
    },
  };
}

/** Writes what a step does in the database of the store in a commit of its own, before the one of its outcome: as where the two are different databases. */
export function withStatementsApart(store: SagaStore): SagaStore {
  return {
    ...store,
    async checkpoint({ statements, ...checkpoint }) {
      const { id, fence, worker, answered, entries } = checkpoint;
      // an outcome takes the place of the intent that has its number; without an entry a store could take it for one that it has
      const begun = entries.slice(0, 1).map(({ result: _, ...entry }) => ({ ...entry, what: 'intent' as const, onlyCounts: true }));
      if (statements) await store.checkpoint({ id, fence, worker, answered, name: 'apart', status: 'running', entries: begun, statements });
      await store.checkpoint(checkpoint);
    },
  };
}
