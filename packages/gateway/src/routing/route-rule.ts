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
   * Names the route: in limits, metrics, logs and plans. What is counted for a route stays with its name when its rule changes.
   * Unique. @defaultValue what it matches, such as `GET,POST /api/v1/voice`
   */
  readonly id?: string;
  /**
   * A prefix of whole segments: `/api/v1/voice` takes `/api/v1/voice` and `/api/v1/voice/analyze`, never `/api/v1/voicex`.
   * Of several that take a request, the longest with its method wins.
   */
  readonly path: string;
  /** GET includes HEAD, unless the same path has a route of its own for it. */
  readonly methods: readonly RouteMethod[];
  readonly serviceName: string;
  /**
   * How long until the answer begins, the request's own body and further attempts included; told to the service as what remains of it.
   * @defaultValue '30s'
   */
  readonly timeout?: Duration;
  /** How long nothing may move, in either direction, once the answer or a tunnel has begun; as long as something does, they last. @defaultValue '1m' */
  readonly idleTimeout?: Duration;
  /**
   * Protocols that a connection may become when both sides agree, such as `websocket`. Whoever asks for another one is answered as if he had
   * not. Never `h2c`, in which requests would pass unseen. @defaultValue []
   */
  readonly upgrades?: readonly string[];
  /** Of whoever asks at least one must be among these. Without it anybody who is authenticated may. */
  readonly roles?: readonly string[];
  /** Lets everybody in, without asking who it is. @defaultValue false */
  readonly public?: boolean;
  /** A bucket for each principal, or for each client address on a public route. Needs the gateway's `rateLimiter`. */
  readonly rateLimit?: RateLimit;
  /** The service gets the target without the route's path. @defaultValue false */
  readonly stripPrefix?: boolean;
}

export const routeDefaults = { timeout: '30s', idleTimeout: '1m', upgrades: [], public: false, stripPrefix: false } as const;

export type CheckedRouteRule = RouteRule & Required<Pick<RouteRule, keyof typeof routeDefaults | 'id'>>;

/** A tunnel of HTTP itself would carry requests that nobody looks at. */
const upgradeProtocol = matching("a protocol such as 'websocket', and none that is HTTP or TLS", /^(?!h2c$|tls\/|http\/)[\w!#$%&'*+.^`|~/-]+$/i);

/** @param at Where the rule stands, for messages. @throws INVALID_OPTIONS naming the path of what is wrong. */
export function checkRouteRule(rule: RouteRule, at = 'route'): CheckedRouteRule {
  const checked = checkOptions(
    at,
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
      optional: { id: text, timeout: duration, roles: listOf(text), public: flag, rateLimit: objectWith('an object'), stripPrefix: flag, idleTimeout: duration, upgrades: listOf(upgradeProtocol) },
    },
    routeDefaults,
  );
  if (checked.methods.length === 0) throw coreError('INVALID_OPTIONS', { path: `${at}.methods`, problem: 'must name at least one method' });
  if (checked.public && checked.roles)
    throw coreError('INVALID_OPTIONS', { path: `${at}.roles`, problem: 'cannot be asked for on a public route' });
  if (checked.rateLimit) checkRateLimit(`${at}.rateLimit`, checked.rateLimit);
  const methods = Object.freeze([...new Set(checked.methods)]);
  return Object.freeze({ ...checked, methods, id: checked.id ?? `${methods.toSorted().join()} ${checked.path}` });
}
