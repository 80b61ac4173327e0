import { compose, type EndpointLeaser, type Handler, type Layer, type RateLimiter, timeout } from '@tutti/core';
import { authenticated } from '../authentication/authenticated.ts';
import type { Authenticator } from '../authentication/authenticator.ts';
import { gatewayError } from '../errors.ts';
import { forwarder } from '../forwarding/forwarder.ts';
import type { Exchange } from '../http/exchange.ts';
import { rateLimited } from '../rate-limited.ts';
import type { CheckedRouteRule } from './route-rule.ts';

export interface RouteSurroundings {
  readonly upstreams: EndpointLeaser;
  readonly authenticators: readonly Authenticator[];
  readonly rateLimiter: RateLimiter | undefined;
  readonly maxBodyBytes: number;
}

/** A rule with the handler that carries it out. */
export interface Route {
  readonly rule: CheckedRouteRule;
  readonly handler: Handler<Exchange, void>;
}

/** Puts the layers of a rule around the forwarder; time runs from the outermost on. */
export function serveRoute(rule: CheckedRouteRule, { upstreams, authenticators, rateLimiter, maxBodyBytes }: RouteSurroundings): Route {
  const { path, serviceName } = rule;
  const layers: Layer<Exchange, void>[] = [timeout({ operation: `route ${path}`, timeout: rule.timeout })];
  if (!rule.public) layers.push(authenticated(authenticators, rule.roles));
  if (rule.rateLimit && rateLimiter) layers.push(rateLimited(rateLimiter, `${rule.methods.join()} ${path}`, rule.rateLimit));
  layers.push(bodyLimited(maxBodyBytes));
  const stripSegments = rule.stripPrefix ? path.split('/').filter(Boolean).length : 0;
  return { rule, handler: compose(forwarder({ upstreams, serviceName, stripSegments }), layers) };
}

/** Refuses by the declared length, before a byte is read; what has none is counted while it is read. */
function bodyLimited(maxBytes: number): Layer<Exchange, void> {
  return (next) => async (exchange, call) => {
    if ((exchange.request.body?.length ?? 0) > maxBytes) throw gatewayError('GATEWAY_BODY_TOO_LARGE', { maxBytes });
    return next(exchange, call);
  };
}
