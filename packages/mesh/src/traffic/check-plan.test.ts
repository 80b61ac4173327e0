import { describe, expect, it } from 'vitest';
import { checkPlan } from './check-plan.ts';

const plan = { serviceName: 'voice', weights: { '1': 95, '2': 5 } };
const rule = { when: { tenant: 'acme' }, version: '2' };

describe('checkPlan', () => {
  it.each([
    plan,
    { serviceName: 'voice', weights: {} },
    { ...plan, rules: [rule, { when: { headers: { 'x-canary': '' } }, version: '3' }], bucketBy: { header: 'x-user' }, fallback: 'others' },
    { ...plan, bucketBy: 'tenant', fallback: 'none' },
    JSON.parse('{ "serviceName": "voice", "weights": { "constructor": 1, "__proto__": 1 } }'),
  ])('takes %j', (good) => {
    expect(checkPlan(good)).toBe(good);
  });

  it.each([
    [null, 'plan must be an object, got null'],
    ['junk', "plan must be an object, got 'junk'"],
    [{ weights: {} }, 'plan.serviceName is missing'],
    [{ serviceName: 'voice' }, 'plan.weights is missing'],
    [{ ...plan, weights: [5, 95] }, 'plan.weights must be an object, got an array'],
    [{ ...plan, weight: {} }, 'plan.weight is unknown; known are serviceName, weights, rules, bucketBy, fallback'],
    [{ ...plan, constructor: 1 }, 'plan.constructor is unknown; known are serviceName, weights, rules, bucketBy, fallback'],
    [{ ...plan, weights: { '1': -1 } }, 'plan.weights.1 must be a number from 0 to 1000000000, got -1'],
    [{ ...plan, weights: { '1': Number.NaN } }, 'plan.weights.1 must be a number from 0 to 1000000000, got NaN'],
    [{ ...plan, weights: { '1': '5' } }, "plan.weights.1 must be a number from 0 to 1000000000, got '5'"],
    [{ ...plan, weights: { '': 1 } }, 'plan.weights. must be well-formed text of 1 to 256 characters, got 0'],
    [{ ...plan, weights: { '1': 0, '2': 0 } }, 'plan.weights must not all be 0: nobody could be served'],
    [
      { ...plan, weights: Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`v${n}`, 1])) },
      'plan.weights must name at most 32 versions, got 33',
    ],
    [{ ...plan, rules: {} }, 'plan.rules must be an array, got an object'],
    [{ ...plan, rules: [rule, {}] }, 'plan.rules[1].when is missing'],
    [{ ...plan, rules: [{ ...rule, version: 2 }] }, 'plan.rules[0].version must be well-formed text of 1 to 256 characters, got 2'],
    [{ ...plan, rules: [{ ...rule, when: {} }] }, 'plan.rules[0].when must name a tenant or a header'],
    [
      { ...plan, rules: [{ ...rule, when: { headers: { 'X-Canary': '1' } } }] },
      "plan.rules[0].when.headers.X-Canary must be a header name in lower case, got 'X-Canary'",
    ],
    [{ ...plan, rules: [{ ...rule, when: { headers: { 'x-canary': 1 } } }] }, 'plan.rules[0].when.headers.x-canary must be text, got 1'],
    [{ ...plan, rules: [{ ...rule, when: { tennant: 'acme' } }] }, 'plan.rules[0].when.tennant is unknown; known are tenant, headers'],
    [{ ...plan, bucketBy: { header: 'X-User' } }, "plan.bucketBy.header must be a header name in lower case, got 'X-User'"],
    [
      { ...plan, bucketBy: 'user' },
      "plan.bucketBy must be 'tenant' or 'principal', got 'user', or must be an object with a header, got 'user'",
    ],
    [{ ...plan, fallback: 'any' }, "plan.fallback must be 'none' or 'others', got 'any'"],
  ])('refuses %j', (bad, message) => {
    expect(() => checkPlan(bad)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', message }));
  });
});
