import {
  anyOf,
  checkOptions,
  coreError,
  duration,
  finiteNumber,
  flag,
  listOf,
  objectWith,
  oneOf,
  type Rule,
  text,
  wholeNumber,
} from '@tutti/core';
import type { MeshPolicy, ServicePolicy } from './service-policy.ts';

const anObject = objectWith('an object');
const share = finiteNumber({ min: 0, max: 1 });
const count = wholeNumber({ min: 1 });

type Fields = Readonly<Record<string, Rule>>;

/** What each part of a policy may hold: those with a `!` must be there. */
const parts: Readonly<Record<string, Fields>> = {
  sticky: { cookie: text, header: text, 'secret!': text },
  outliers: {
    consecutiveFailures: count,
    interval: duration,
    baseEjection: duration,
    maxEjection: duration,
    maxShare: share,
    minEndpoints: count,
    minRequests: count,
    deviationFactor: finiteNumber({ min: 0 }),
    failureShare: share,
    ejectSingle: flag,
  },
  endpointBreaker: breakerFields(),
  serviceBreaker: breakerFields(),
  limits: { maxInFlight: count, maxQueue: wholeNumber({ min: 0 }), maxPerEndpoint: count },
  retry: {
    maxAttempts: count,
    initialDelay: duration,
    maxDelay: duration,
    statuses: listOf(wholeNumber({ min: 400, max: 599 })),
    budgetShare: finiteNumber({ min: 0, max: 10 }),
    budgetPerSecond: finiteNumber({ min: 0 }),
  },
  hedge: { 'after!': duration, budgetShare: share },
  slowStart: { 'window!': duration, aggression: finiteNumber({ min: 0.01 }), minShare: finiteNumber({ min: 0.001, max: 1 }) },
  rateLimit: { 'tokens!': wholeNumber({ min: 1, max: 1e9 }), 'refillRate!': finiteNumber({ min: 1e-9, max: 1e9 }) },
};

const plain: Fields = {
  balance: anyOf(text, anObject),
  sticky: anObject,
  outliers: anyOf(oneOf(false), anObject),
  endpointBreaker: anObject,
  serviceBreaker: anObject,
  limits: anObject,
  timeout: duration,
  attemptTimeout: duration,
  retry: anObject,
  hedge: anObject,
  slowStart: anObject,
  panicBelow: share,
  preferZone: flag,
  coolDown: duration,
  decay: duration,
  rateLimit: anObject,
  faults: listOf(anObject),
  probe: anObject,
};

/**
 * Refuses a policy as a whole when anything in it is wrong. Takes anything, since policies come from stores too.
 * @throws INVALID_OPTIONS naming the path.
 */
export function checkMeshPolicy(path: string, policy: unknown): MeshPolicy {
  const checked = checkFields(path, policy, { defaults: anObject, services: anObject }) as MeshPolicy;
  if (checked.defaults) checkServicePolicy(`${path}.defaults`, checked.defaults);
  for (const [name, service] of Object.entries(checked.services ?? {})) checkServicePolicy(`${path}.services.${name}`, service);
  return checked;
}

function checkServicePolicy(path: string, policy: unknown): void {
  const checked = checkFields(path, policy, plain) as ServicePolicy;
  for (const [part, fields] of Object.entries(parts)) {
    const given = checked[part as keyof ServicePolicy];
    if (given !== undefined && given !== false) checkFields(`${path}.${part}`, given, fields);
  }
  checkBalance(`${path}.balance`, checked.balance);
  checkSticky(`${path}.sticky`, checked.sticky);
  checked.faults?.forEach((fault, index) => {
    const at = `${path}.faults[${index}]`;
    checkFields(at, fault, { 'share!': share, headers: anObject, status: wholeNumber({ min: 200, max: 599 }), delay: duration });
    for (const [name, value] of Object.entries(fault.headers ?? {}))
      if (typeof value !== 'string') fail(`${at}.headers.${name}`, 'must be a text');
    if (fault.status === undefined && fault.delay === undefined) fail(at, 'must have a status, a delay or both');
  });
  if (checked.probe) {
    checkFields(`${path}.probe`, checked.probe, { 'kind!': oneOf('http', 'tcp'), path: text, identity: flag });
    if (checked.probe.kind === 'http' && checked.probe.path?.startsWith('/') !== true) fail(`${path}.probe.path`, "must begin with '/'");
  }
}

function checkBalance(path: string, balance: ServicePolicy['balance']): void {
  if (balance === undefined) return;
  const kinds = ['peak-ewma', 'round-robin', 'weighted', 'least-connections', 'random'];
  if (typeof balance === 'string') {
    if (!kinds.includes(balance)) fail(path, `must be one of ${kinds.join(', ')}, or an object for ring-hash and maglev, got '${balance}'`);
    return;
  }
  const kind: unknown = balance.kind;
  if (kind === 'ring-hash' || kind === 'maglev') {
    const loadFactor = finiteNumber({ min: 1 });
    checkFields(path, balance, {
      'kind!': text,
      'on!': anyOf(oneOf('tenant', 'principal'), objectWith('{ header }', 'header')),
      loadFactor,
    });
    const on = 'on' in balance && typeof balance.on === 'object' ? balance.on : undefined;
    if (on) checkFields(`${path}.on`, on, { 'header!': text });
  } else checkFields(path, balance, { 'kind!': oneOf('least-connections', 'ring-hash', 'maglev'), scan: oneOf('two', 'all') });
}

function checkSticky(path: string, sticky: ServicePolicy['sticky']): void {
  if (!sticky) return;
  if ((sticky.cookie === undefined) === (sticky.header === undefined)) fail(path, 'must have either a cookie or a header');
  if (sticky.cookie !== undefined && !tokenPattern.test(sticky.cookie)) fail(`${path}.cookie`, 'must be a token (RFC 6265)');
  if (sticky.header !== undefined && !tokenPattern.test(sticky.header)) fail(`${path}.header`, 'must be a token (RFC 9110)');
  if (sticky.secret.length < 16) fail(`${path}.secret`, 'must have at least 16 characters');
}

const tokenPattern = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

function checkFields(path: string, value: unknown, fields: Fields): object {
  if (Array.isArray(value)) fail(path, 'must be an object, got a list');
  const required: Record<string, Rule> = {};
  const optional: Record<string, Rule> = {};
  for (const [name, rule] of Object.entries(fields)) {
    if (name.endsWith('!')) required[name.slice(0, -1)] = rule;
    else optional[name] = rule;
  }
  return checkOptions<Record<string, unknown>, Record<string, never>>(path, value as Record<string, unknown>, { required, optional });
}

function breakerFields(): Fields {
  return {
    failures: count,
    failureShare: finiteNumber({ min: 0.001, max: 1 }),
    minCalls: count,
    window: duration,
    openFor: duration,
    openForMax: duration,
    probes: count,
  };
}

function fail(path: string, problem: string): never {
  throw coreError('INVALID_OPTIONS', { path, problem });
}
