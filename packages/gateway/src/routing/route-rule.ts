import {
  checkOptions,
  checkRateLimit,
  coreError,
  type Duration,
  duration,
  flag,
  listOf,
  matching,
  objectWith,
  oneOf,
  type RateLimit,
  text,
} from '@tutti/core';

export const routeMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
export type RouteMethod = (typeof routeMethods)[number];

/** Which requests go to which service, and who may send them. */
export interface RouteRule {
  /**
   * A prefix of whole segments: `/api/v1/voice` takes `/api/v1/voice` and `/api/v1/voice/analyze`, never `/api/v1/voicex`.
   * Of several that take a request, the longest with its method wins.
   */
  readonly path: string;
  /** GET includes HEAD, unless the same path has a route of its own for it. */
  readonly methods: readonly RouteMethod[];
  readonly serviceName: string;
  /** How long the whole exchange may take, both bodies included; told to the service as what remains of it. @defaultValue '30s' */
  readonly timeout?: Duration;
  /** Of whoever asks at least one must be among these. Without it anybody who is authenticated may. */
  readonly roles?: readonly string[];
  /** Lets everybody in, without asking who it is. @defaultValue false */
  readonly public?: boolean;
  /** A bucket for each principal, or for each client address on a public route. Needs the gateway's `rateLimiter`. */
  readonly rateLimit?: RateLimit;
  /** The service gets the target without the route's path. @defaultValue false */
  readonly stripPrefix?: boolean;
}

export const routeDefaults = { timeout: '30s', public: false, stripPrefix: false } as const;

export type CheckedRouteRule = RouteRule & Required<Pick<RouteRule, keyof typeof routeDefaults>>;

/** @throws INVALID_OPTIONS naming the path of what is wrong. */
export function checkRouteRule(rule: RouteRule): CheckedRouteRule {
  const checked = checkOptions(
    'route',
    rule,
    {
      required: {
        path: matching(
          `a path of plain segments such as '/api/v1/voice', without encoding or a slash at its end`,
          /^\/$|^(?:\/(?!\.{1,2}(?:\/|$))[\w.~-]+)+$/,
        ),
        methods: listOf(oneOf(...routeMethods)),
        serviceName: text,
      },
      optional: { timeout: duration, roles: listOf(text), public: flag, rateLimit: objectWith('an object'), stripPrefix: flag },
    },
    routeDefaults,
  );
  if (checked.methods.length === 0) throw coreError('INVALID_OPTIONS', { path: 'route.methods', problem: 'must name at least one method' });
  if (checked.public && checked.roles)
    throw coreError('INVALID_OPTIONS', { path: 'route.roles', problem: 'cannot be asked for on a public route' });
  if (checked.rateLimit) checkRateLimit('route.rateLimit', checked.rateLimit);
  return Object.freeze({ ...checked, methods: Object.freeze([...new Set(checked.methods)]) });
}
