import { coreError, type Duration, duration, durationMs, type OptionRules, wholeNumber } from '@tutti/core';

/** How long an inbox remembers, of each subscription. */
export interface InboxLimits {
  /** At least the newest so many. Whole, ≥ 1. */
  readonly maxEvents?: number;
  /** None that are older, beyond the time it takes to remove them. */
  readonly maxAge?: Duration;
}

export interface ResolvedInboxLimits {
  readonly maxEvents: number;
  readonly maxAgeMs: number;
}

export const inboxLimitRules: OptionRules<InboxLimits>['optional'] & object = { maxEvents: wholeNumber({ min: 1 }), maxAge: duration };

/** @throws INVALID_OPTIONS naming the path. */
export function resolveInboxLimits(path: string, { maxEvents, maxAge }: Required<InboxLimits>): ResolvedInboxLimits {
  return { maxEvents, maxAgeMs: durationMs(maxAge, `${path}.maxAge`) };
}

/** @throws INVALID_ARGUMENT for anything but non-empty texts. */
export function checkIdentities(subscription: string, identities: readonly string[]): void {
  const wrong = [subscription, ...identities].find((text) => typeof text !== 'string' || text === '');
  if (wrong === undefined) return;
  throw coreError('INVALID_ARGUMENT', { path: 'subscription or identities', problem: 'must be non-empty texts' });
}
