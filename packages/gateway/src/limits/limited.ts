import type { Call, Layer, RateLimit, RateLimitVerdict } from '@tutti/core';
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

type Step = Pick<CheckedLimitRule, 'name' | 'by' | 'cost'> & {
  readonly bucket: RateLimit;
  /** What the names of its buckets begin with. */
  readonly start: string;
  readonly policy: string;
};

/**
 * Takes from the bucket of each limit in turn, and lets the request through when all of them gave. The first that does not ends it: what limits before it
 * gave is spent, and those after it are not asked. So whoever is stopped by a limit of their own, written first, takes nothing from one that they share.
 */
export function limited(limits: readonly PlacedLimit[], { limiter, prefix, headers }: LimitedOptions): Layer<Exchange, void> {
  const steps: readonly Step[] = limits.map(({ rule, place }) => {
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
  const bucketFor = (step: Step, exchange: Exchange, call: Call): string | undefined => {
    const key = limitKey(step.by, exchange, call, prefix);
    return key === undefined ? undefined : bucketOf(`${step.start} ${key}`);
  };
  /** undefined where the step lets the request through. */
  const refusal = (step: Step, verdict: RateLimitVerdict, exchange: Exchange, call: Call): Error | undefined => {
    reportLimit(exchange.response.added, headers, step, verdict, call.runtime.clock.epoch());
    return verdict.allowed ? undefined : gatewayError('GATEWAY_RATE_LIMITED', { retryAfterMs: verdict.retryAfterMs });
  };
  const { atOnce } = limiter;
  if (!atOnce) {
    return (next) => async (exchange, call) => {
      for (const step of steps) {
        const bucket = bucketFor(step, exchange, call);
        const verdict = bucket === undefined ? undefined : await limiter.take(bucket, step.bucket, step.cost);
        const error = verdict && refusal(step, verdict, exchange, call);
        if (error) throw error;
      }
      return next(exchange, call);
    };
  }
  return (next) => (exchange, call) => {
    for (const step of steps) {
      const bucket = bucketFor(step, exchange, call);
      const error = bucket === undefined ? undefined : refusal(step, atOnce.takeNow(bucket, step.bucket, step.cost), exchange, call);
      if (error) return Promise.reject(error);
    }
    return next(exchange, call);
  };
}
