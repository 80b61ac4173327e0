import { type EventDraft, type EventPublisher, isRetryable, type Repeating, type Runtime, readCallAttributes, repeat } from '@tutti/core';
import type { EventBody } from '../engine/event-writer.ts';
import type { SagaStore } from '../store/saga-store.ts';

const batch = 100;
const leaseMs = 10_000;

/**
 * Publishes what checkpoints left in the outbox, in its order. An event that was published and not dropped is published again under the same id.
 * One that the bus refuses for good, as it does with a type that is not in its catalogue, stays in the outbox and is tried again, and the
 * others go past it.
 */
export function outboxRelay(options: {
  readonly store: SagaStore;
  readonly bus: EventPublisher;
  readonly worker: string;
  readonly runtime: Runtime;
  readonly intervalMs: number;
}): Repeating {
  const { store, bus, worker, runtime, intervalMs } = options;
  return repeat(runtime, { name: 'publishing events of sagas', intervalMs, jitter: 0.2 }, async () => {
    for (;;) {
      const events = await store.outbox.take(worker, leaseMs, batch);
      if (events.length === 0) return;
      const published: string[] = [];
      try {
        for (const { id, body } of events) {
          const { draft, call } = JSON.parse(body) as EventBody;
          try {
            await bus.publish(draft as EventDraft, readCallAttributes(call, runtime));
            published.push(id);
          } catch (error) {
            if (isRetryable(error)) throw error;
            runtime.logger.log('error', `the bus refuses the event ${id} of a saga; it stays in the outbox`, { error });
          }
        }
      } finally {
        if (published.length > 0) await store.outbox.drop(worker, published);
      }
      if (events.length < batch || published.length === 0) return;
    }
  });
}
