import {
  type AnyLayer,
  type Backoff,
  callable,
  checkOptions,
  coreError,
  type DataOf,
  type Duration,
  duration,
  durationMs,
  type EventCatalogue,
  type EventDraft,
  type EventType,
  exponential,
  listOf,
  objectWith,
  oneOf,
  type Runtime,
  text,
  wholeNumber,
} from '@tutti/core';
import type { EventTransport } from '../transport/event-transport.ts';

export interface EventBusOptions<C extends EventCatalogue> {
  /** The events this bus may publish and hear. Schemas must accept what they return: data is checked on both sides. */
  readonly events: C;
  /** Belongs to this bus from now on: it connects and closes it. */
  readonly transport: EventTransport;
  /** Names the component in errors, logs and health. @defaultValue 'event bus' */
  readonly name?: string;
  /** How long `stop` waits for handlers that are running before it aborts them. @defaultValue '10s' */
  readonly drainTimeout?: Duration;
  readonly runtime?: Runtime;
}

export const eventBusDefaults = { name: 'event bus', drainTimeout: '10s' } as const;

export interface SubscribeOptions {
  /** Where a subscription that nobody made before begins. @defaultValue 'now' */
  readonly from?: 'now' | 'beginning';
  /** Handlers at once, in this member. @defaultValue 16 */
  readonly concurrency?: number;
  /** Deliveries of one event, the first included, before it becomes a dead letter. @defaultValue 5 */
  readonly maxAttempts?: number;
  /** The delay before each further attempt. @defaultValue 1 s, doubling, at most 1 min, half of it random */
  readonly backoff?: Backoff;
  /** How long a member may be silent before another takes its deliveries over; renewed while handlers run. @defaultValue '15s' */
  readonly lease?: Duration;
  /** Around the handler, the first outermost: a timeout, for example. @defaultValue none */
  readonly layers?: readonly AnyLayer[];
}

export const subscribeDefaults = { from: 'now', concurrency: 16, maxAttempts: 5, lease: '15s' } as const;

/** What a publisher says; see `EventDraft`. */
export interface BusDraft<T extends string = string, D = unknown> extends EventDraft<T, D> {
  /** The id of the event that caused this one: inside a handler, its event's. */
  readonly causationId?: string;
}

/** A draft of one of the events of `C`. */
export type DraftOf<C extends EventCatalogue> = { readonly [T in EventType<C>]: BusDraft<T, DataOf<C, T>> }[EventType<C>];

/** Subscribe options with nothing left open. */
export interface ConsumerSettings {
  readonly from: 'now' | 'beginning';
  readonly concurrency: number;
  readonly maxAttempts: number;
  readonly backoff: Backoff;
  readonly leaseMs: number;
  readonly layers: readonly AnyLayer[];
}

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
      optional: { name: text, drainTimeout: duration, runtime: objectWith('a Runtime', 'clock', 'logger', 'random') },
    },
    eventBusDefaults,
  );
}

/** @throws INVALID_OPTIONS naming the path. */
export function resolveSubscribeOptions(options: SubscribeOptions | undefined): ConsumerSettings {
  const checked = checkOptions(
    'subscribe',
    options,
    {
      optional: {
        from: oneOf('now', 'beginning'),
        concurrency: wholeNumber({ min: 1 }),
        maxAttempts: wholeNumber({ min: 1 }),
        backoff: objectWith('a Backoff', 'delayMs'),
        lease: duration,
        layers: listOf(callable),
      },
    },
    subscribeDefaults,
  );
  const leaseMs = durationMs(checked.lease, 'subscribe.lease');
  if (leaseMs < 100)
    throw coreError('INVALID_OPTIONS', { path: 'subscribe.lease', problem: `must be at least 100ms, got ${checked.lease}` });
  const { from, concurrency, maxAttempts, layers = [] } = checked;
  const backoff = checked.backoff ?? exponential({ initial: '1s', max: '1m' });
  return { from, concurrency, maxAttempts, backoff, leaseMs, layers };
}
