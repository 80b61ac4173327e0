import {
  anyOf,
  checkOptions,
  checkRateLimit,
  type Duration,
  duration,
  durationMs,
  objectWith,
  oneOf,
  type RateLimit,
  wholeNumber,
} from '@tutti/core';
import { type PrefixBits, prefixBitsDefaults } from './address-prefix.ts';
import type { LimitHeaders } from './limit-headers.ts';
import { type CheckedLimitRule, checkLimitRules, type LimitRule } from './limit-rule.ts';

/**
 * What decides while the limiter does not answer. `'refuse'`: nobody gets in where a limit applies, answered 503. `'admit'`: limits are not kept.
 * `'local'`: each process gives the `nodes`-th part of a limit by itself, the cost of one request at least, so that together they let through as much again as the limit
 * at most, as long as that is no less than `nodes`.
 */
export type OnUnavailable = 'refuse' | 'admit' | 'local';

/** How limits are kept, on all routes. */
export interface LimitingOptions {
  /** Limits that all routes share, in addition to those of a route: taken after these, in their order. @defaultValue none */
  readonly everywhere?: LimitRule | readonly LimitRule[];
  /** @defaultValue 'refuse' */
  readonly onUnavailable?: OnUnavailable;
  /** Processes that share the limiter, for `'local'`. Whole, ≥ 1. @defaultValue 1 */
  readonly nodes?: number;
  /** For the limiter to answer. @defaultValue '40ms' */
  readonly patience?: Duration;
  /** How long a limiter that did not answer is not asked again; then one request asks for all. @defaultValue '1s' */
  readonly pause?: Duration;
  /** @defaultValue 'standard' */
  readonly headers?: LimitHeaders;
  /** How many leading bits of an address count as one client. @defaultValue 32 of IPv4, 64 of IPv6 */
  readonly prefixBits?: PrefixBits;
  /** Bad credentials from one prefix, counted by each process. Who is recalled is let in nevertheless. @defaultValue 100, and one more a second */
  readonly failedLogins?: RateLimit | 'unlimited';
}

export const limitingDefaults = {
  everywhere: [],
  onUnavailable: 'refuse',
  nodes: 1,
  patience: '40ms',
  pause: '1s',
  headers: 'standard',
  failedLogins: { tokens: 100, refillRate: 1 },
} as const;

export interface CheckedLimiting {
  readonly everywhere: readonly CheckedLimitRule[];
  readonly onUnavailable: OnUnavailable;
  readonly nodes: number;
  readonly patienceMs: number;
  readonly pauseMs: number;
  readonly headers: LimitHeaders;
  readonly prefixBits: Required<PrefixBits>;
  readonly failedLogins: RateLimit | undefined;
}

/** @throws INVALID_OPTIONS naming the path. */
export function checkLimiting(options: LimitingOptions | undefined): CheckedLimiting {
  const path = 'gateway.limiting';
  const checked = checkOptions(
    path,
    options,
    {
      optional: {
        everywhere: objectWith('a limit or a list of limits'),
        onUnavailable: oneOf('refuse', 'admit', 'local'),
        nodes: wholeNumber({ min: 1 }),
        patience: duration,
        pause: duration,
        headers: oneOf('standard', 'legacy', 'both', 'none'),
        prefixBits: objectWith('an object'),
        failedLogins: anyOf(oneOf('unlimited'), objectWith('a limit')),
      },
    },
    limitingDefaults,
  );
  const { onUnavailable, nodes, headers, failedLogins } = checked;
  const bits = { ipv4: wholeNumber({ min: 8, max: 32 }), ipv6: wholeNumber({ min: 16, max: 64 }) };
  return {
    onUnavailable,
    nodes,
    headers,
    everywhere: checkLimitRules(`${path}.everywhere`, checked.everywhere),
    patienceMs: durationMs(checked.patience),
    pauseMs: durationMs(checked.pause),
    prefixBits: checkOptions(`${path}.prefixBits`, checked.prefixBits, { optional: bits }, prefixBitsDefaults),
    failedLogins: failedLogins === 'unlimited' ? undefined : checkRateLimit(`${path}.failedLogins`, failedLogins),
  };
}
