import {
  type AnyLayer,
  anyOf,
  type Backoff,
  type CloudEvent,
  callable,
  checkOptions,
  coreError,
  type Duration,
  duration,
  durationMs,
  exponential,
  flag,
  listOf,
  objectWith,
  oneOf,
  wholeNumber,
} from '@tutti/core';
import { compileFilter } from '../filter/compile-filter.ts';
import type { EventFilter } from '../filter/event-filter.ts';
import type { Inbox } from '../inbox/inbox.ts';
import type { InboxWindow } from '../transport/event-transport.ts';
import { mayMend, type RetryPolicy } from './failure.ts';

/** @typeParam E The events that the subscription's pattern matches. */
export interface SubscribeOptions<E extends CloudEvent = CloudEvent> {
  /** Where a subscription that nobody made before begins. @defaultValue 'now' */
  readonly from?: 'now' | 'beginning';
  /** Handlers at once, in this member. @defaultValue 16 */
  readonly concurrency?: number;
  /**
   * Keeps the order of each key (the event's `subject`) among all members: an event waits until the one before it of its key and priority was handled or given
   * up, its retries included. All members must agree. @defaultValue false
   */
  readonly ordered?: boolean;
  /**
   * Which of the events of the pattern are meant: tests by dotted path, all of which must hold, or a function. The others are acknowledged and counted as `filtered`. A filter that throws is a
   * failed attempt. @defaultValue all
   */
  readonly filter?: EventFilter<E>;
  /** Attempts at one event, the first included, before it becomes a dead letter. @defaultValue 5 */
  readonly maxAttempts?: number;
  /** Attempts in a row, a moment apart, by the member that has the event, before the store hands it out again after the backoff. @defaultValue 1 */
  readonly immediateAttempts?: number;
  /** The delay before each further round of attempts. @defaultValue 1 s, doubling, at most 1 min, half of it random */
  readonly backoff?: Backoff;
  /**
   * Which failures are worth another attempt; others make a dead letter at once, with the reason `final`. @defaultValue all but errors that say of themselves that they are not (`retryable: false`,
   * such as a `TerminalError`)
   */
  readonly retryIf?: (error: unknown) => boolean;
  /** How long a member may be silent before another takes its deliveries over; renewed while handlers run. @defaultValue '15s' */
  readonly lease?: Duration;
  /**
   * Remembers whose events were handled, so that one that comes again is not handled again. `true` asks for the transport's own memory, and is refused where it has
   * none. @defaultValue the bus's inbox, else the transport's where it outlives the process
   */
  readonly inbox?: boolean | Inbox;
  /** How long the transport's inbox remembers. @defaultValue '1d' */
  readonly inboxMaxAge?: Duration;
  /** And of how many events. @defaultValue 100,000 */
  readonly inboxMaxEvents?: number;
  /** Around the handler, the first outermost: a timeout, for example. @defaultValue none */
  readonly layers?: readonly AnyLayer[];
}

export const subscribeDefaults = {
  from: 'now',
  concurrency: 16,
  ordered: false,
  maxAttempts: 5,
  immediateAttempts: 1,
  lease: '15s',
  inboxMaxAge: '1d',
  inboxMaxEvents: 100_000,
} as const;

/** Subscribe options with nothing left open. */
export interface ConsumerSettings extends RetryPolicy {
  readonly from: 'now' | 'beginning';
  readonly concurrency: number;
  readonly ordered: boolean;
  readonly leaseMs: number;
  readonly inbox: boolean | Inbox | undefined;
  readonly inboxWindow: InboxWindow;
  readonly filter: ((event: CloudEvent) => boolean) | undefined;
  readonly layers: readonly AnyLayer[];
}

/** @throws INVALID_OPTIONS naming the path. */
export function resolveSubscribeOptions<E extends CloudEvent>(options: SubscribeOptions<E> | undefined): ConsumerSettings {
  const checked = checkOptions(
    'subscribe',
    options,
    {
      optional: {
        from: oneOf('now', 'beginning'),
        concurrency: wholeNumber({ min: 1 }),
        ordered: flag,
        filter: anyOf(callable, objectWith('tests by path')),
        maxAttempts: wholeNumber({ min: 1 }),
        immediateAttempts: wholeNumber({ min: 1 }),
        backoff: objectWith('a Backoff', 'delayMs'),
        retryIf: callable,
        lease: duration,
        inbox: anyOf(flag, objectWith('an Inbox', 'handled', 'remember', 'connect')),
        inboxMaxAge: duration,
        inboxMaxEvents: wholeNumber({ min: 1 }),
        layers: listOf(callable),
      },
    },
    subscribeDefaults,
  );
  const leaseMs = durationMs(checked.lease, 'subscribe.lease');
  if (leaseMs < 100)
    throw coreError('INVALID_OPTIONS', { path: 'subscribe.lease', problem: `must be at least 100ms, got ${checked.lease}` });
  const { from, concurrency, ordered, filter, maxAttempts, immediateAttempts, inbox, retryIf = mayMend, layers = [] } = checked;
  return {
    from,
    concurrency,
    ordered,
    maxAttempts,
    immediateAttempts,
    backoff: checked.backoff ?? exponential({ initial: '1s', max: '1m' }),
    immediateBackoff: exponential({ initial: '10ms', max: '1s' }),
    retryIf,
    leaseMs,
    inbox,
    inboxWindow: { maxAgeMs: durationMs(checked.inboxMaxAge, 'subscribe.inboxMaxAge'), maxEvents: checked.inboxMaxEvents },
    filter: typeof filter === 'object' ? compileFilter(filter) : (filter as ConsumerSettings['filter']), // it meets no events but those of the pattern
    layers,
  };
}
