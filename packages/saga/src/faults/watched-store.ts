import { TuttiError } from '@tutti/core';
import type { MemberLog } from '@tutti/core/testing';
import { jsonCodec } from '../engine/payload-codec.ts';
import { SagaState } from '../engine/saga-state.ts';
import type { ClaimedSaga, SagaStore } from '../store/saga-store.ts';
import type { Sabotage } from './plan.ts';

/** Writes down which checkpoints were taken, and which were refused by the fence; broken on purpose where the trial says so. */
export function watchedStore(store: SagaStore, log: MemberLog, now: () => number, sabotage: Sabotage | undefined): SagaStore {
  const sabotaged = sabotage ? broken(store, sabotage) : store;
  return {
    ...sabotaged,
    async create(saga, options) {
      const created = await sabotaged.create(saga, options);
      if (created.created && options?.hold) log.write(`held ${saga.id} 1 ${now()}`);
      return created;
    },
    async claim(request) {
      const claimed = await sabotaged.claim(request);
      for (const { id, fence, takenFrom } of claimed.sagas)
        log.write(`held ${id} ${fence} ${now()}`, ...(takenFrom === undefined ? [] : [`took ${id} ${fence} ${now()}`]));
      return claimed;
    },
    async checkpoint(checkpoint) {
      const { id, fence } = checkpoint;
      const began = now();
      try {
        await sabotaged.checkpoint(checkpoint);
      } catch (error) {
        if (TuttiError.is(error, 'SAGA_FENCED')) log.write(`fenced ${id} ${fence} ${now()}`);
        throw error;
      }
      log.write(`wrote ${id} ${fence} ${began}`);
    },
  };
}

function broken(store: SagaStore, sabotage: Sabotage): SagaStore {
  if (sabotage === 'lease') {
    const leaseMs = 1;
    return {
      ...store,
      create: (saga, options) => store.create(saga, options?.hold ? { ...options, hold: { ...options.hold, leaseMs } } : options),
      claim: (request) => store.claim({ ...request, leaseMs }),
      renew: async (worker, held, ms) =>
        ms === 0 ? store.renew(worker, held, ms) : { lost: [], now: (await store.renew(worker, [], ms)).now },
    };
  }
  if (sabotage === 'arming') return { ...store, claim: async (request) => forgetful(await store.claim(request)) };
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

/** What was begun and has no outcome is forgotten, and the saga is undone: as where an undo is registered when its step has returned. */
function forgetful<C extends { readonly sagas: readonly ClaimedSaga[] }>(claimed: C): C {
  const sagas = claimed.sagas.map((record): ClaimedSaga => {
    const open = new SagaState(jsonCodec, record.entries).steps.filter(({ deed }) => deed.open).map(({ step }) => step);
    if (record.status !== 'running' || record.takenFrom === undefined || open.length === 0) return record;
    const kept = record.entries.filter(({ step }) => step === undefined || !open.includes(step));
    const last = record.entries.at(-1) as (typeof record.entries)[0];
    const failure = { code: 'CRASH', message: 'the worker died' };
    return { ...record, status: 'compensating', entries: [...kept, { ...last, what: 'compensating', step: open[0] as string, failure }] };
  });
  return { ...claimed, sagas };
}
