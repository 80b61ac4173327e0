import { checkOptions, type EndpointLeaser, listOf, objectWith, type RateLimiter, type Runtime } from '@tutti/core';
import type { Authenticator } from './authentication/authenticator.ts';
import type { GatewayLimits } from './http/limits.ts';

export interface GatewayOptions {
  /** Who lends instances of services: a ServiceMesh. */
  readonly upstreams: EndpointLeaser;
  /** Asked in order until one knows who it is. Without any, only public routes let anybody in. */
  readonly authenticators?: readonly Authenticator[];
  /** Needed by routes that have a `rateLimit`. */
  readonly rateLimiter?: RateLimiter;
  readonly limits?: GatewayLimits;
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
      runtime: objectWith('a Runtime', 'clock'),
    },
  });
}
