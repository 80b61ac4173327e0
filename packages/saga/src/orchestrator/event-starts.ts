import { createHash } from 'node:crypto';
import type { Call, CloudEvent, EventSubscriber } from '@tutti/core';
import type { AnySaga } from '../definition/saga-definition.ts';

export type StartByEvent = (saga: AnySaga, input: unknown, id: string, call: Call) => Promise<void>;

/** Subscribes sagas to the events that start them, one durable group for each saga. An event starts one saga, however often it is delivered. */
export function subscribeStarts(bus: EventSubscriber, sagas: Iterable<AnySaga>, start: StartByEvent): readonly { stop(): Promise<void> }[] {
  const subscriptions: { stop(): Promise<void> }[] = [];
  for (const saga of sagas) {
    for (const { type, input } of saga.settings.starts) {
      const handler = async (event: CloudEvent, call: Call): Promise<void> => start(saga, input(event), startedBy(saga.name, event), call);
      subscriptions.push(bus.subscribe(type, handler, `saga:${saga.name}`));
    }
  }
  return subscriptions;
}

/** The id of the saga that an event starts: the same for the same event, and for no other. */
export function startedBy(saga: string, { source, id }: Pick<CloudEvent, 'source' | 'id'>): string {
  return `${saga}-${createHash('sha256')
    .update(JSON.stringify([source, id]))
    .digest('hex')
    .slice(0, 32)}`;
}
