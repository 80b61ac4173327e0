import { checkOptions, oneOf, wholeNumber } from '@tutti/core';

/** What a bus does when it is asked to publish faster than the store takes events. */
export interface PublishingOptions {
  /** Events that may be on their way at once, acknowledged neither yes nor no; with `wait` also what is kept for a store that is away. @defaultValue 10,000 */
  readonly maxInFlight?: number;
  /** Beyond that, and where the store itself may hold no more: refuse with MESSAGING_BACKPRESSURE, or wait for room. @defaultValue 'reject' */
  readonly whenFull?: 'reject' | 'wait';
  /** While the store is away: fail fast with STORE_UNAVAILABLE, or keep events in memory and store them, in their order, when it is back. @defaultValue 'reject' */
  readonly whenAway?: 'reject' | 'wait';
}

export type PublishingLimits = Required<PublishingOptions>;

export const publishingDefaults = { maxInFlight: 10_000, whenFull: 'reject', whenAway: 'reject' } as const;

/** @throws INVALID_OPTIONS naming the path. */
export function resolvePublishing(options: PublishingOptions | undefined): PublishingLimits {
  return checkOptions(
    'EventBus.publishing',
    options,
    { optional: { maxInFlight: wholeNumber({ min: 1 }), whenFull: oneOf('reject', 'wait'), whenAway: oneOf('reject', 'wait') } },
    publishingDefaults,
  );
}
