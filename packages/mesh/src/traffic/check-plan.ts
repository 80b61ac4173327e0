import {
  anyOf,
  coreError,
  finiteNumber,
  matching,
  objectWith,
  oneOf,
  type Rule,
  shown,
  type TrafficPlan,
  wellFormedText,
} from '@tutti/core';

const maxVersions = 32;
const maxRules = 100;
const name = wellFormedText(256);
const weight = finiteNumber({ min: 0, max: 1_000_000_000 });
const headerName = matching('a header name in lower case', /^[a-z0-9!#$%&'*+.^_`|~-]{1,128}$/);
const headerValue: Rule = (value) => (typeof value === 'string' && value.length <= 1_024 ? undefined : `must be text, got ${shown(value)}`);
const unit = anyOf(oneOf('tenant', 'principal'), objectWith('an object with a header', 'header'));

/**
 * Checks a plan as a whole, the names of its members included: one that is misspelt would be followed without.
 * @throws INVALID_ARGUMENT naming the path of the first thing that is wrong.
 */
export function checkPlan(value: unknown): TrafficPlan {
  const plan = members('plan', value, { serviceName: name, weights: isObject }, { rules: isArray, bucketBy: unit, fallback });
  const weights = Object.entries(plan['weights'] as object);
  if (weights.length > maxVersions) refuse('plan.weights', `must name at most ${maxVersions} versions, got ${weights.length}`);
  for (const [version, share] of weights) {
    check(`plan.weights.${version}`, version, name);
    check(`plan.weights.${version}`, share, weight);
  }
  if (weights.length > 0 && weights.every(([, share]) => share === 0)) refuse('plan.weights', 'must not all be 0: nobody could be served');
  const rules = (plan['rules'] ?? []) as readonly unknown[];
  if (rules.length > maxRules) refuse('plan.rules', `must be at most ${maxRules}, got ${rules.length}`);
  for (const [at, rule] of rules.entries()) checkRule(`plan.rules[${at}]`, rule);
  if (typeof plan['bucketBy'] === 'object') members('plan.bucketBy', plan['bucketBy'], { header: headerName }, {});
  return value as TrafficPlan;
}

function checkRule(path: string, value: unknown): void {
  const rule = members(path, value, { when: isObject, version: name }, {});
  const when = members(`${path}.when`, rule['when'], {}, { tenant: name, headers: isObject });
  const headers = Object.entries((when['headers'] ?? {}) as object);
  if (when['tenant'] === undefined && headers.length === 0) refuse(`${path}.when`, 'must name a tenant or a header');
  for (const [header, wanted] of headers) {
    check(`${path}.when.headers.${header}`, header, headerName);
    check(`${path}.when.headers.${header}`, wanted, headerValue);
  }
}

const fallback = oneOf('none', 'others');
const isObject: Rule = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? undefined : `must be an object, got ${shown(value)}`;
const isArray: Rule = (value) => (Array.isArray(value) ? undefined : `must be an array, got ${shown(value)}`);

type Rules = Readonly<Record<string, Rule>>;

function members(path: string, value: unknown, required: Rules, optional: Rules): Readonly<Record<string, unknown>> {
  check(path, value, isObject);
  const given = new Map(Object.entries(value as object));
  for (const key of Object.keys(required)) if (given.get(key) === undefined) refuse(`${path}.${key}`, 'is missing');
  const rules = new Map(Object.entries({ ...required, ...optional }));
  for (const [key, member] of given) {
    const rule = rules.get(key);
    if (!rule) refuse(`${path}.${key}`, `is unknown; known are ${[...rules.keys()].join(', ')}`);
    else if (member !== undefined) check(`${path}.${key}`, member, rule);
  }
  return Object.fromEntries(given);
}

function check(path: string, value: unknown, rule: Rule): void {
  const problem = rule(value);
  if (problem !== undefined) refuse(path, problem);
}

function refuse(path: string, problem: string): never {
  throw coreError('INVALID_ARGUMENT', { path, problem });
}
