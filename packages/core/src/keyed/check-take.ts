import { coreError } from '../errors/core-errors.ts';
import { checkOptions } from '../options/check-options.ts';
import { finiteNumber, type Rule, shown, wellFormedText, wholeNumber } from '../options/rules.ts';
import type { RateLimit } from '../ports/rate-limiter.ts';

const maxTokens = 1e9;
const maxRefillRate = 1e9;
const maxKeyLength = 1_024;
const tenYearsInSeconds = 315_360_000;

const keyRule: Rule = wellFormedText(maxKeyLength);
const tokensRule: Rule = wholeNumber({ min: 1, max: maxTokens });
const refillRateRule: Rule = finiteNumber({ min: Number.MIN_VALUE, max: maxRefillRate });

/** A bucket that is never full again is a ban, and the state of a ban would have to be kept for ever. */
const neverFull = ({ tokens, refillRate }: RateLimit): string =>
  `must fill ${tokens} tokens within ten years (≥ ${tokens / tenYearsInSeconds}), got ${refillRate}`;

/**
 * Checks a limit where it is configured, so that one that could never work does not wait for the first request.
 * @throws INVALID_OPTIONS naming the path.
 */
export function checkRateLimit(path: string, limit: RateLimit): RateLimit {
  const { tokens, refillRate } = checkOptions(path, limit, { required: { tokens: tokensRule, refillRate: refillRateRule } });
  if (tokens > refillRate * tenYearsInSeconds)
    throw coreError('INVALID_OPTIONS', { path: `${path}.refillRate`, problem: neverFull({ tokens, refillRate }) });
  return Object.freeze({ tokens, refillRate });
}

/**
 * Checks what `take` was given, but for {@link checkKey}. Comparisons only, because every request passes here.
 * @throws INVALID_ARGUMENT naming the path.
 */
export function checkTake(key: string, limit: RateLimit, cost: number): void {
  if (typeof limit !== 'object' || limit === null)
    throw coreError('INVALID_ARGUMENT', { path: 'limit', problem: `must be a RateLimit, got ${shown(limit)}` });
  const { tokens, refillRate } = limit;
  if (
    typeof key === 'string' &&
    key.length > 0 &&
    key.length <= maxKeyLength &&
    Number.isSafeInteger(tokens) &&
    tokens >= 1 &&
    tokens <= maxTokens &&
    refillRate <= maxRefillRate &&
    tokens <= refillRate * tenYearsInSeconds &&
    Number.isSafeInteger(cost) &&
    cost >= 0 &&
    cost <= tokens
  )
    return;
  refuse(key, limit, cost);
}

/** Half a character would be stored as another one, and two keys would share a bucket. A key that is known already was checked. */
export function checkKey(key: string): void {
  if (!key.isWellFormed()) throw coreError('INVALID_ARGUMENT', { path: 'key', problem: keyRule(key) ?? '' });
}

function refuse(key: string, { tokens, refillRate }: RateLimit, cost: number): never {
  const problems: readonly (readonly [path: string, problem: string | undefined])[] = [
    ['key', keyRule(key)],
    ['limit.tokens', tokensRule(tokens)],
    ['limit.refillRate', refillRateRule(refillRate)],
    ['limit.refillRate', tokens > refillRate * tenYearsInSeconds ? neverFull({ tokens, refillRate }) : undefined],
    ['cost', `must be a whole number from 0 to limit.tokens (${tokens}), got ${shown(cost)}`],
  ];
  const [path, problem = ''] = problems.find(([, found]) => found !== undefined) as readonly [string, string];
  throw coreError('INVALID_ARGUMENT', { path, problem });
}
