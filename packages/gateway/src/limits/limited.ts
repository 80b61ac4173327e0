import type { Layer, RateLimit } from '@tutti/core';
import { gatewayError } from '../errors.ts';
import type { Exchange } from '../http/exchange.ts';
import type { AddressPrefix } from './address-prefix.ts';
import { type LimitHeaders, limitPolicy, reportLimit } from './limit-headers.ts';
import { bucketOf, limitKey } from './limit-key.ts';
import type { CheckedLimitRule } from './limit-rule.ts';
import type { PatientLimiter } from './patient-limiter.ts';

/** A rule and what its buckets belong to: a route, or all of them. */
export interface PlacedLimit {
  readonly rule: CheckedLimitRule;
  readonly place: string;
}

export interface LimitedOptions {
  readonly limiter: PatientLimiter;
  readonly prefix: AddressPrefix;
  readonly headers: LimitHeaders;
}

/**
 * Takes from the bucket of each limit in turn, and lets the request through when all of them gave. The first that does not ends it: what limits before it
 * gave is spent, and those after it are not asked. So whoever is stopped by a limit of their own, written first, takes nothing from one that they share.
 */
export function limited(limits: readonly PlacedLimit[], { limiter, prefix, headers }: LimitedOptions): Layer<Exchange, void> {
  const steps = limits.map(({ rule, place }) => {
    const { name, by, cost, tokens, refillRate } = rule;
    const bucket: RateLimit = { tokens, refillRate };
    return {
      name,
      by,
      cost,
      bucket,
      start: name === 'default' ? place : `${place} ${name}`,
      policy: limitPolicy(rule, limiter.errorBound),
    };
  });
  return (next) => async (exchange, call) => {
    for (const step of steps) {
      const key = limitKey(step.by, exchange, call, prefix);
      if (key === undefined) continue;
      const verdict = await limiter.take(bucketOf(`${step.start} ${key}`), step.bucket, step.cost);
      if (!verdict) continue;
      reportLimit(exchange.response.added, headers, step, verdict, call.runtime.clock.epoch());
      if (!verdict.allowed) throw gatewayError('GATEWAY_RATE_LIMITED', { retryAfterMs: verdict.retryAfterMs });
    }
    return next(exchange, call);
  };
}
