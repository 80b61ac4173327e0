import {
  checkOptions,
  type DataOf,
  type Duration,
  duration,
  type EventCatalogue,
  type EventDraft,
  type EventType,
  objectWith,
  type Priority,
  type Runtime,
  text,
} from '@tutti/core';
import type { Inbox } from '../inbox/inbox.ts';
import type { EventTransport } from '../transport/event-transport.ts';
import type { PublishingOptions } from './publishing-options.ts';

export interface EventBusOptions<C extends EventCatalogue> {
  /** The events this bus may publish and hear. Schemas must accept what they return: data is checked on both sides. */
  readonly events: C;
  /** Belongs to this bus from now on: it connects and closes it. */
  readonly transport: EventTransport;
  /** Remembers what was handled, for all subscriptions of this bus: where the transport cannot, or beside the database that handlers write to. @defaultValue the transport's own, where it outlives the process */
  readonly inbox?: Inbox;
  /** What happens when events are published faster than the store takes them. */
  readonly publishing?: PublishingOptions;
  /** Names the component in errors, logs and health. @defaultValue 'event bus' */
  readonly name?: string;
  /** How long `stop` waits for handlers that are running before it aborts them. @defaultValue '10s' */
  readonly drainTimeout?: Duration;
  readonly runtime?: Runtime;
}

export const eventBusDefaults = { name: 'event bus', drainTimeout: '10s' } as const;

/** What a publisher says; see `EventDraft`. */
export interface BusDraft<T extends string = string, D = unknown> extends EventDraft<T, D> {
  /** The id of the event that caused this one: inside a handler, its event's. */
  readonly causationId?: string;
  /** Who is handled first where events wait. @defaultValue 'normal' */
  readonly priority?: Priority;
}

/** A draft of one of the events of `C`. */
export type DraftOf<C extends EventCatalogue> = { readonly [T in EventType<C>]: BusDraft<T, DataOf<C, T>> }[EventType<C>];

/** @throws INVALID_OPTIONS naming the path. */
export function resolveBusOptions<C extends EventCatalogue>(
  options: EventBusOptions<C>,
): EventBusOptions<C> & { readonly name: string; readonly drainTimeout: Duration } {
  return checkOptions(
    'EventBus',
    options,
    {
      required: {
        events: objectWith('the result of defineEvents'),
        transport: objectWith('an EventTransport', 'connect', 'append', 'open', 'capabilities'),
      },
      optional: {
        inbox: objectWith('an Inbox', 'handled', 'remember', 'connect'),
        publishing: objectWith('PublishingOptions'),
        name: text,
        drainTimeout: duration,
        runtime: objectWith('a Runtime', 'clock', 'logger', 'random'),
      },
    },
    eventBusDefaults,
  );
}
