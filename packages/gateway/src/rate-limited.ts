import { createHash } from 'node:crypto';
import type { Layer, RateLimit, RateLimiter } from '@tutti/core';
import { clientBucket } from './client-bucket.ts';
import { gatewayError } from './errors.ts';
import type { Exchange } from './http/exchange.ts';

/**
 * Takes one token a request from the bucket of whoever asks, or of the client's address when nobody knows who it is.
 * When the limiter cannot say, the request is refused: its error is passed on.
 */
export function rateLimited(limiter: RateLimiter, route: string, { tokens, refillRate }: RateLimit): Layer<Exchange, void> {
  const limit: RateLimit = { tokens, refillRate };
  return (next) => async (exchange, call) => {
    const { principal, tenant } = call;
    const who =
      principal === undefined ? clientBucket(exchange.request.clientAddress) : `principal:${JSON.stringify([tenant ?? null, principal])}`;
    const verdict = await limiter.take(bucketOf(`${route} ${who}`), limit);
    if (!verdict.allowed) throw gatewayError('GATEWAY_RATE_LIMITED', { retryAfterMs: verdict.retryAfterMs });
    return next(exchange, call);
  };
}

/** A limiter takes keys of 1,024 characters at most, and whoever names principals is not told. */
function bucketOf(key: string): string {
  return key.length <= 1_024 ? key : `sha256:${createHash('sha256').update(key).digest('base64url')}`;
}
