import {
  type Admission,
  type ConfigStore,
  callable,
  checkOptions,
  coreError,
  type EndpointLeaser,
  listOf,
  matching,
  objectWith,
  oneOf,
  type RateLimiter,
  type Runtime,
  type TenantDirectory,
  text,
} from '@tutti/core';
import type { Authenticator } from './authentication/authenticator.ts';
import type { Policy } from './authorization/authorized.ts';
import type { RolePermissions } from './authorization/role-permissions.ts';
import { addressRange } from './http/address-ranges.ts';
import type { GatewayLimits } from './http/limits.ts';
import type { ForwardingHeader } from './http/trusted-proxies.ts';
import type { IdentityOptions } from './identity/identity-signer.ts';
import type { LimitingOptions } from './limits/limiting-options.ts';
import { MiddlewareStack } from './middleware/middleware-stack.ts';
import type { OperationOptions } from './operation/operation.ts';

/**
 * @typeParam S The names of the services that there are.
 * @typeParam M The names of the middleware that routes may ask for.
 */
export interface GatewayOptions<S extends string = string, M extends string = string> extends OperationOptions {
  /** Who lends instances of services: a ServiceMesh. */
  readonly upstreams: EndpointLeaser;
  /** The services that routes may lead to; another name neither compiles nor is accepted. @defaultValue any */
  readonly services?: readonly S[];
  /** What requests pass on their way from the gateway's own guards to the service. @defaultValue none */
  readonly middleware?: MiddlewareStack<object, M>;
  /** Where the routes are kept, when they are not set by this process alone. Needs `routesKey`. */
  readonly config?: ConfigStore;
  /**
   * The key of `config` under which a list of RouteRule is followed, in place of all routes that there are; `null` for none. Read by `start`,
   * which rejects when it is wrong. Later a wrong one is refused whole: the last good one stays, and `health` says why.
   */
  readonly routesKey?: string;
  /** Asked in order until one knows who it is. Without any, only public routes let anybody in. */
  readonly authenticators?: readonly Authenticator[];
  /** What each role may do, for routes that ask for `permissions`. @defaultValue {} */
  readonly rolePermissions?: RolePermissions;
  /** Decisions that data cannot make, by the names under which routes ask for them. @defaultValue {} */
  readonly policies?: Readonly<Record<string, Policy>>;
  /** Knows whose a host is, for routes with `tenant: 'match'`. */
  readonly tenants?: TenantDirectory;
  /** Has services told who asks in a signed header, `tutti-identity`, which `identityVerifier` of `@tutti/gateway/identity` reads. */
  readonly identity?: IdentityOptions;
  /** Needed by routes that have a `rateLimit`. */
  readonly rateLimiter?: RateLimiter;
  /** How limits are kept. */
  readonly limiting?: LimitingOptions;
  readonly limits?: GatewayLimits;
  /**
   * How many requests are passed on at a time, who waits, and who is turned away with 503 when there are more: core's `admission`, whose
   * classes and tenants see who is authenticated. One for all routes; a stream keeps its place until it ends. Absent: any number.
   */
  readonly admission?: Admission;
  /**
   * Where a load balancer asks whether to send requests here, such as `/readyz`: every door answers 200, or 503 as soon as it stops, beside
   * the routes and without counting it. Absent: nowhere.
   */
  readonly readinessPath?: string;
  /**
   * Ranges of the addresses of proxies in front, such as `10.0.0.0/8`. What a peer in one of them says of its own peer is believed, and so
   * on, as long as the next one is in them too; the first that is not is the client. @defaultValue [], so that nobody is believed
   */
  readonly trustedProxies?: readonly string[];
  /**
   * The header that these proxies write. Only this one is read: another one would be the client's, passed on by a proxy that does not
   * know it. @defaultValue 'x-forwarded-for'
   */
  readonly forwardedBy?: ForwardingHeader;
  readonly runtime?: Runtime;
}

/** @throws INVALID_OPTIONS naming the path. */
export function checkGatewayOptions(options: GatewayOptions): GatewayOptions {
  const checked = checkOptions('gateway', options, {
    required: { upstreams: objectWith('an EndpointLeaser', 'lease', 'ready') },
    optional: {
      services: listOf(text),
      middleware: (value) => (value instanceof MiddlewareStack ? undefined : 'must be made by middlewareStack()'),
      config: objectWith('a ConfigStore', 'get', 'history', 'rollback', 'watch'),
      routesKey: text,
      authenticators: listOf(objectWith('an Authenticator', 'recall', 'authenticate', 'challenge')),
      rolePermissions: objectWith('an object'),
      policies: objectWith('an object'),
      tenants: objectWith('a TenantDirectory', 'byHost'),
      identity: objectWith('an object with a key', 'key'),
      rateLimiter: objectWith('a RateLimiter', 'take', 'errorBound'),
      limiting: objectWith('an object'),
      limits: objectWith('an object'),
      admission: callable,
      readinessPath: matching("a path such as '/readyz'", /^\/[\w./~-]+$/),
      trustedProxies: listOf(addressRange),
      forwardedBy: oneOf('x-forwarded-for', 'forwarded'),
      accessLog: objectWith('an object'),
      redact: objectWith('an object'),
      audit: objectWith('an AuditSink', 'record'),
      requestIds: oneOf('nobody', 'proxies', 'clients'),
      runtime: objectWith('a Runtime', 'clock'),
    },
  });
  if ((checked.config === undefined) !== (checked.routesKey === undefined))
    throw coreError('INVALID_OPTIONS', { path: `gateway.${checked.config ? 'routesKey' : 'config'}`, problem: 'must be given too' });
  return checked;
}
