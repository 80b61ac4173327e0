import {
  anyOf,
  checkOptions,
  coreError,
  type Duration,
  duration,
  flag,
  listOf,
  matching,
  objectWith,
  oneOf,
  text,
  wholeNumber,
} from '@tutti/core';
import { type Authorization, checkAuthorization } from '../authorization/authorization-rule.ts';
import { type CorsRule, checkCorsRule } from '../cors/cors-rule.ts';
import { type CheckedLimitRule, checkLimitRules, type LimitRule } from '../limits/limit-rule.ts';
import { checkRouteMatch, matchRules, type RouteMatch, shownMatch } from './route-match.ts';

/**
 * Which requests go to which service, and who may send them. Plain data, so that it can come from a file or a ConfigStore.
 *
 * @typeParam S The names of services that there are.
 * @typeParam M The names of the middleware that routes may ask for.
 */
export interface RouteRule<S extends string = string, M extends string = string> extends RouteMatch {
  /**
   * Names the route: in limits, metrics, logs and plans. What is counted for a route stays with its name when its rule changes.
   * Unique. @defaultValue what it matches, such as `GET,POST /api/v1/voice`
   */
  readonly id?: string;
  readonly serviceName: S;
  /** Only instances of this version take its requests; stronger than any traffic plan. @defaultValue any */
  readonly version?: string;
  /** Only instances with all of these tags do. @defaultValue any */
  readonly tags?: readonly string[];
  /**
   * How long until the answer begins, the request's own body and further attempts included; told to the service as what remains of it.
   * @defaultValue '30s'
   */
  readonly timeout?: Duration;
  /**
   * Instances that may be tried for one request: another one when nothing was sent, or when a request that may be done twice got no answer.
   * What is tried again is bounded for each service. @defaultValue 3
   */
  readonly maxAttempts?: number;
  /** How long nothing may move, in either direction, once the answer or a tunnel has begun; as long as something does, they last. @defaultValue '1m' */
  readonly idleTimeout?: Duration;
  /**
   * Protocols that a connection may become when both sides agree, such as `websocket`. Whoever asks for another one is answered as if he had
   * not. Never `h2c`, in which requests would pass unseen. @defaultValue []
   */
  readonly upgrades?: readonly string[];
  /** Who may. A route that has neither this nor `roles`, and is not `public`, lets nobody in. */
  readonly authorize?: Authorization;
  /** Short for `authorize: { anyRole }`, in its place. */
  readonly roles?: readonly string[];
  /** Lets everybody in, without asking who it is. @defaultValue false */
  readonly public?: boolean;
  /** Which pages of other origins may use it from a browser. Without it the service itself says so, and answers preflights. @defaultValue none */
  readonly cors?: CorsRule;
  /** One limit, or several that must all give; their order matters only for what a refused request takes. Needs the gateway's `rateLimiter`. */
  readonly rateLimit?: LimitRule | readonly LimitRule[];
  /** The service gets the target without the route's path. @defaultValue false */
  readonly stripPrefix?: boolean;
  /** Which of the middleware that the gateway offers requests of this route pass, beside what all pass. The order is the gateway's. */
  readonly middleware?: readonly M[];
}

export const routeDefaults = {
  timeout: '30s',
  maxAttempts: 3,
  idleTimeout: '1m',
  upgrades: [],
  public: false,
  stripPrefix: false,
} as const;

/** With `rateLimit` as a list, and `roles` as part of `authorize`. */
export type CheckedRouteRule = Omit<RouteRule, 'rateLimit' | 'roles'> &
  Required<Pick<RouteRule, keyof typeof routeDefaults | 'id'>> & { readonly rateLimit: readonly CheckedLimitRule[] };

/** A tunnel of HTTP itself would carry requests that nobody looks at. */
const upgradeProtocol = matching(
  "a protocol such as 'websocket', and none that is HTTP or TLS",
  /^(?!h2c$|tls\/|http\/)[\w!#$%&'*+.^`|~/-]+$/i,
);

/** @param at Where the rule stands, for messages. @throws INVALID_OPTIONS naming the path of what is wrong. */
export function checkRouteRule(rule: RouteRule, at = 'route'): CheckedRouteRule {
  const checked = checkOptions(
    at,
    rule,
    {
      required: {
        ...matchRules.required,
        serviceName: text,
      },
      optional: {
        ...matchRules.optional,
        id: text,
        middleware: listOf(text),
        version: text,
        tags: listOf(text),
        timeout: duration,
        maxAttempts: wholeNumber({ min: 1, max: 10 }),
        roles: listOf(text),
        authorize: anyOf(oneOf('authenticated'), objectWith('a rule')),
        public: flag,
        rateLimit: objectWith('a limit or a list of limits'),
        stripPrefix: flag,
        cors: objectWith('a rule of who may read'),
        idleTimeout: duration,
        upgrades: listOf(upgradeProtocol),
      },
    },
    routeDefaults,
  );
  const { rateLimit = [], roles, cors, ...rest } = checkRouteMatch(checked, at);
  const authorize = checkWho(checked, at);
  return Object.freeze({
    ...rest,
    ...(authorize !== undefined && { authorize }),
    ...(cors && { cors: checkCorsRule(`${at}.cors`, cors) }),
    rateLimit: checkLimitRules(`${at}.rateLimit`, rateLimit),
    id: checked.id ?? shownMatch(rest),
  });
}

function checkWho({ authorize, roles, public: isPublic }: RouteRule, at: string): Authorization | undefined {
  const named = roles === undefined ? 'authorize' : 'roles';
  const fail = (problem: string): never => {
    throw coreError('INVALID_OPTIONS', { path: `${at}.${named}`, problem });
  };
  if (authorize === undefined && roles === undefined) return undefined;
  if (isPublic) fail('cannot be asked for on a public route');
  if (authorize !== undefined && roles !== undefined) fail('cannot be given beside authorize, which has anyRole for it');
  if (roles?.length === 0) fail('must name at least one');
  return roles ? Object.freeze({ anyRole: Object.freeze([...roles]) }) : authorize && checkAuthorization(`${at}.authorize`, authorize);
}
