import { checkOptions, type Duration, duration, durationMs, wholeNumber } from '@tutti/core';

/**
 * How much is kept of events that every subscription has settled. They answer two questions: whether an event was
 * published before, and what a subscription `from: 'beginning'` hears. Events that a subscription still waits for are always kept.
 */
export interface Retention {
  /** At most so many settled events. */
  readonly maxEvents?: number;
  /** At most this long. */
  readonly maxAge?: Duration;
}

export interface RetentionLimits {
  readonly maxEvents: number;
  readonly maxAgeMs: number;
}

/** @throws INVALID_OPTIONS naming the path. */
export function retentionLimits(path: string, retention: Retention | undefined, defaults: Required<Retention>): RetentionLimits {
  const { maxEvents, maxAge } = checkOptions(path, retention, { optional: { maxEvents: wholeNumber(), maxAge: duration } }, defaults);
  return { maxEvents, maxAgeMs: durationMs(maxAge, `${path}.maxAge`) };
}
