import { checkOptions, type EndpointLeaser, listOf, objectWith, oneOf, type RateLimiter, type Runtime } from '@tutti/core';
import type { Authenticator } from './authentication/authenticator.ts';
import { addressRange } from './http/address-ranges.ts';
import type { GatewayLimits } from './http/limits.ts';
import type { ForwardingHeader } from './http/trusted-proxies.ts';
import type { OperationOptions } from './operation/operation.ts';

export interface GatewayOptions extends OperationOptions {
  /** Who lends instances of services: a ServiceMesh. */
  readonly upstreams: EndpointLeaser;
  /** Asked in order until one knows who it is. Without any, only public routes let anybody in. */
  readonly authenticators?: readonly Authenticator[];
  /** Needed by routes that have a `rateLimit`. */
  readonly rateLimiter?: RateLimiter;
  readonly limits?: GatewayLimits;
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
  return checkOptions('gateway', options, {
    required: { upstreams: objectWith('an EndpointLeaser', 'lease', 'ready') },
    optional: {
      authenticators: listOf(objectWith('an Authenticator', 'authenticate', 'challenge')),
      rateLimiter: objectWith('a RateLimiter', 'take'),
      limits: objectWith('an object'),
      trustedProxies: listOf(addressRange),
      forwardedBy: oneOf('x-forwarded-for', 'forwarded'),
      accessLog: objectWith('an object'),
      redact: objectWith('an object'),
      audit: objectWith('an AuditSink', 'record'),
      requestIds: oneOf('nobody', 'proxies', 'clients'),
      runtime: objectWith('a Runtime', 'clock'),
    },
  });
}
