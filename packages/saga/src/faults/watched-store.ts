import { TuttiError } from '@tutti/core';
import type { MemberLog } from '@tutti/core/testing';
import type { SagaStore } from '../store/saga-store.ts';
import type { Sabotage } from './plan.ts';
import { armedAfterSuccess, withoutFence, withoutLease } from './sabotage.ts';

const sabotages: Readonly<Record<Sabotage, (store: SagaStore) => SagaStore>> = {
  fence: withoutFence,
  arming: armedAfterSuccess,
  lease: withoutLease,
};

/** Writes down which checkpoints were taken, and which were refused by the fence; broken on purpose where the trial says so. */
export function watchedStore(store: SagaStore, log: MemberLog, now: () => number, sabotage: Sabotage | undefined): SagaStore {
  const sabotaged = sabotage ? sabotages[sabotage](store) : store;
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
