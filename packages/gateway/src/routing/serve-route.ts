import { type Admission, compose, type EndpointLeaser, type Handler, type Layer, type RetryBudget } from '@tutti/core';
import type { Access } from '../access.ts';
import { corsLayer } from '../cors/cors.ts';
import { type CheckedCors, compileCors } from '../cors/cors-rule.ts';
import { gatewayError } from '../errors.ts';
import { answeredWithin } from '../forwarding/answered-within.ts';
import { forwarder } from '../forwarding/forwarder.ts';
import type { Exchange } from '../http/exchange.ts';
import { middlewareLayer } from '../middleware/middleware-layer.ts';
import type { PlacedMiddleware } from '../middleware/middleware-stack.ts';
import { serverSpan } from '../operation/server-span.ts';
import type { NamedLayer } from './named-layer.ts';
import type { CheckedRouteRule } from './route-rule.ts';

export interface RouteSurroundings {
  readonly upstreams: EndpointLeaser;
  readonly access: Access;
  readonly middleware: readonly PlacedMiddleware[];
  readonly admission: Admission | undefined;
  /** For what is tried again at the service, over all routes to it. */
  readonly budget: RetryBudget;
  readonly maxBodyBytes: number;
  readonly maxReplayBytes: number;
}

/** A rule with the handler that carries it out. */
export interface Route {
  readonly rule: CheckedRouteRule;
  /** The names of the layers that a request passes, in this order, and at last `forward`. */
  readonly order: readonly string[];
  readonly handler: Handler<Exchange, void>;
  /** How preflights for it are answered; undefined where they are the service's to answer. */
  readonly cors: CheckedCors | undefined;
}

/** Puts the layers of a rule around the forwarder; what is shown as the order is the list that is composed. */
export function serveRoute(rule: CheckedRouteRule, surroundings: RouteSurroundings): Route {
  const { path, serviceName } = rule;
  const { upstreams, budget, maxReplayBytes } = surroundings;
  const cors = rule.cors && compileCors(rule.cors);
  const layers = layersOf(rule, cors, surroundings);
  const stripSegments = rule.stripPrefix ? path.split('/').filter(Boolean).length : 0;
  const forward = forwarder({
    upstreams,
    serviceName,
    stripSegments,
    version: rule.version,
    tags: rule.tags,
    maxAttempts: rule.maxAttempts,
    budget,
    idleTimeout: rule.idleTimeout,
    upgrades: rule.upgrades,
    maxReplayBytes,
  });
  const handler = compose(
    forward,
    layers.map(({ layer }) => layer),
  );
  return { rule, cors, order: Object.freeze([...layers.map(({ name }) => name), 'forward']), handler };
}

/** Outermost first. */
function layersOf(
  rule: CheckedRouteRule,
  cors: CheckedCors | undefined,
  { access, admission, middleware, maxBodyBytes }: RouteSurroundings,
): readonly NamedLayer[] {
  const layers: NamedLayer[] = [{ name: 'span', layer: serverSpan(rule) }];
  if (cors) layers.push({ name: 'cors', layer: corsLayer(cors) });
  layers.push(...access.layersFor(rule));
  const add = (name: string, layer: Layer<Exchange, void>): void => void layers.push({ name, layer });
  add('timeout', answeredWithin({ operation: `route ${rule.path}`, timeout: rule.timeout }));
  if (admission) add('admission', admission);
  for (const placed of middleware)
    if (!placed.offered || rule.middleware?.includes(placed.name)) add(placed.name, middlewareLayer(placed, rule));
  add('body cap', bodyLimited(maxBodyBytes));
  return layers;
}

/** Refuses by the declared length, before a byte is read; what has none is counted while it is read. */
function bodyLimited(maxBytes: number): Layer<Exchange, void> {
  return (next) => (exchange, call) => {
    const length = exchange.request.body?.length;
    if (length !== undefined && length > maxBytes) return Promise.reject(gatewayError('GATEWAY_BODY_TOO_LARGE', { maxBytes }));
    return next(exchange, call);
  };
}
