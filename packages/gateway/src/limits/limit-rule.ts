import { anyOf, checkOptions, checkRateLimit, coreError, matching, objectWith, oneOf, type RateLimit, wholeNumber } from '@tutti/core';

/**
 * Whose requests share a bucket. `'address'` is the prefix of the client's address and counts before anybody is authenticated; all others count what was
 * authenticated and authorized. `'caller'` is the principal with its tenant, or the address prefix where nobody is known; `'tenant'` is all principals of a
 * tenant, and all without one; `'route'` is everybody; a header is whoever sends the same value, such as an API key, and nobody without it: a client can
 * make up values, so beside it there should be a limit by address.
 */
export type LimitBy = 'address' | 'caller' | 'tenant' | 'route' | { readonly header: string };

/** One limit: a bucket for each of those whom it tells apart. */
export interface LimitRule extends RateLimit {
  /** Tells the limits of a route apart, in buckets and in the `RateLimit` headers. @defaultValue 'default' */
  readonly name?: string;
  /** @defaultValue 'caller' */
  readonly by?: LimitBy;
  /** Tokens that a request takes. Whole, from 1 to `tokens`. @defaultValue 1 */
  readonly cost?: number;
}

export const limitRuleDefaults = { name: 'default', by: 'caller', cost: 1 } as const;

export type CheckedLimitRule = Required<LimitRule>;

/** One limit or several. @throws INVALID_OPTIONS naming the path. */
export function checkLimitRules(path: string, given: LimitRule | readonly LimitRule[]): readonly CheckedLimitRule[] {
  const isList = Array.isArray(given);
  const rules = [given].flat().map((rule, index) => checkLimitRule(isList ? `${path}[${index}]` : path, rule));
  const twice = rules.findIndex(({ name }, index) => rules.findIndex((other) => other.name === name) < index);
  if (twice !== -1)
    throw coreError('INVALID_OPTIONS', { path: `${path}[${twice}].name`, problem: 'must differ from that of the other limits' });
  return Object.freeze(rules);
}

function checkLimitRule(path: string, rule: LimitRule): CheckedLimitRule {
  const checked = checkOptions(
    path,
    rule,
    {
      required: { tokens: wholeNumber({ min: 1 }), refillRate: () => undefined },
      optional: {
        name: matching('a name of letters, digits, - and _, at most 64', /^[\w-]{1,64}$/),
        by: anyOf(oneOf('address', 'caller', 'tenant', 'route'), objectWith('one that names a header', 'header')),
        cost: wholeNumber({ min: 1 }),
      },
    },
    limitRuleDefaults,
  );
  const { tokens, refillRate, name, by, cost } = checked;
  checkRateLimit(path, { tokens, refillRate });
  if (cost > tokens)
    throw coreError('INVALID_OPTIONS', { path: `${path}.cost`, problem: `must not be more than tokens (${tokens}), got ${cost}` });
  return Object.freeze({ tokens, refillRate, name, cost, by: typeof by === 'object' ? checkHeader(`${path}.by`, by) : by });
}

function checkHeader(path: string, by: { readonly header: string }): { readonly header: string } {
  const name = matching('the name of a header', /^[\w!#$%&'*+.^`|~-]{1,128}$/);
  const { header } = checkOptions(path, by, { required: { header: name } });
  return Object.freeze({ header: header.toLowerCase() });
}
