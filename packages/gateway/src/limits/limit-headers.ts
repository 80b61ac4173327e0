import type { RateLimitVerdict } from '@tutti/core';
import type { CheckedLimitRule } from './limit-rule.ts';

/** What answers say of limits: `standard` as draft-ietf-httpapi-ratelimit-headers-10 has it, `legacy` as X-RateLimit-*, with the reset in seconds since the epoch. */
export type LimitHeaders = 'standard' | 'legacy' | 'both' | 'none';

/**
 * The policy of a limit as an item of RateLimit-Policy: its bucket, and the seconds in which that fills. A limiter that may be exceeded says by how much.
 */
export function limitPolicy({ name, tokens, refillRate }: CheckedLimitRule, errorBound: number): string {
  const bound = Number.isFinite(errorBound) && errorBound > 0 ? `;tutti-bound=${errorBound}` : '';
  return `"${name}";q=${tokens};w=${Math.ceil(tokens / refillRate)}${bound}`;
}

/** Adds to the headers of an answer what a verdict says. Those of several limits are one list; X-RateLimit-* has room only for the one that is nearest to its end. */
export function reportLimit(
  added: string[],
  manner: LimitHeaders,
  limit: { readonly name: string; readonly policy: string },
  { limit: tokens, remaining, resetMs }: RateLimitVerdict,
  epochMs: number,
): void {
  if (manner === 'standard' || manner === 'both') {
    append(added, 'ratelimit-policy', limit.policy);
    append(added, 'ratelimit', `"${limit.name}";r=${remaining};t=${Math.ceil(resetMs / 1_000)}`);
  }
  if (manner === 'legacy' || manner === 'both') {
    const before = added.indexOf('x-ratelimit-remaining');
    if (before !== -1 && Number(added[before + 1]) <= remaining) return;
    set(added, 'x-ratelimit-limit', String(tokens));
    set(added, 'x-ratelimit-remaining', String(remaining));
    set(added, 'x-ratelimit-reset', String(Math.ceil((epochMs + resetMs) / 1_000)));
  }
}

function append(added: string[], name: string, item: string): void {
  const at = added.indexOf(name);
  if (at === -1) added.push(name, item);
  else added[at + 1] = `${added[at + 1]}, ${item}`;
}

function set(added: string[], name: string, value: string): void {
  const at = added.indexOf(name);
  if (at === -1) added.push(name, value);
  else added[at + 1] = value;
}
