import type { SagaStore } from '@tutti/saga';

/** A store that takes a checkpoint from whoever comes. */
export function withoutFence(store: SagaStore): SagaStore {
  return {
    ...store,
    async checkpoint(checkpoint) {
      const held = await store.desk.load(checkpoint.id);
      await store.checkpoint({ ...checkpoint, fence: held?.fence ?? checkpoint.fence, worker: held?.owner ?? checkpoint.worker });
    },
  };
}

/** A store that forgets intents, as if undo were armed by success, which is how most recipes have it. */
export function armedBySuccess(store: SagaStore): SagaStore {
  return {
    ...store,
    async claim(request) {
      const claimed = await store.claim(request);
      const sagas = claimed.sagas.map((saga) => {
        const done = new Set(saga.entries.filter(({ what }) => what === 'done').map(({ step }) => step));
        // its number stays, so that the journal has no gap
        const entries = saga.entries.map((entry) =>
          entry.what === 'intent' && !done.has(entry.step) ? { ...entry, what: 'woke' as const } : entry,
        );
        return { ...saga, entries };
      });
      return { ...claimed, sagas };
    },
  };
}
