import type { Call } from '../call/call.ts';
import type { CloudEvent } from '../events/cloud-event.ts';
import type { DataOf, EventCatalogue, EventType } from '../events/event-catalogue.ts';

/** What a publisher says; the rest of the envelope is made for it. */
export interface EventDraft<T extends string = string, D = unknown> {
  readonly type: T;
  /** Who says it. */
  readonly source: string;
  readonly data: D;
  /** `source` + `id` is the identity: publishing the same again is a no-op. @defaultValue a new id */
  readonly id?: string;
}

/** A draft of one of the events of `C`. */
export type EventDraftOf<C extends EventCatalogue> = { readonly [T in EventType<C>]: EventDraft<T, DataOf<C, T>> }[EventType<C>];

export interface Published {
  readonly id: string;
  /** The event was already stored; this one was dropped. */
  readonly duplicate: boolean;
}

/** Says events. */
export interface EventPublisher {
  /**
   * Resolves when the event is stored as durably as the transport can, never before.
   * @throws INVALID_DATA when the catalogue's schema refuses the data; nothing was stored.
   */
  publish(draft: EventDraft, call?: Call): Promise<Published>;
}

/** Hears events. */
export interface EventSubscriber {
  /**
   * Every group hears every event that matches, once the subscription exists; inside a group one member does.
   * The handler may see an event again after a crash; it is settled when the handler resolves.
   */
  subscribe(pattern: string, handler: (event: CloudEvent, call: Call) => Promise<void> | void, group: string): { stop(): Promise<void> };
}
