import {
  type Component,
  type ComponentState,
  checkOptions,
  component,
  defaultRuntime,
  durationMs,
  type Health,
  httpOrigin,
  type Inspectable,
  type InspectableAction,
  type InspectableResource,
  type Runtime,
  text,
  wholeNumber,
} from '@tutti/core';
import { Access } from './access.ts';
import { HttpDoor } from './door/http-door.ts';
import { gatewayError } from './errors.ts';
import { checkGatewayOptions, type GatewayOptions } from './gateway-options.ts';
import { CollectedResponse, type GatewayResponse } from './http/collected-response.ts';
import { directRequest, type GatewayRequest } from './http/direct-request.ts';
import { checkLimits, type GatewayLimits } from './http/limits.ts';
import { TrustedProxies } from './http/trusted-proxies.ts';
import { routeActions } from './inspect-actions.ts';
import { inspectableLimiter } from './inspect-limiter.ts';
import { inspectableRouteSource, inspectableRoutes } from './inspect-routes.ts';
import type { FastifyPluginLike } from './mount/fastify-plugin.ts';
import type { FetchOptions } from './mount/fetch-request.ts';
import { Mounts } from './mount/mounts.ts';
import type { NodeHandler, NodeUpgradeHandler } from './mount/node-mount.ts';
import { LoopGuard } from './operation/loop-guard.ts';
import { Operation } from './operation/operation.ts';
import { Reception } from './reception.ts';
import { explainRoute, type RouteExplanation } from './routing/explain-route.ts';
import { planRoutes, type RoutePlan } from './routing/plan-routes.ts';
import { RouteBook } from './routing/route-book.ts';
import { RouteFollower } from './routing/route-follower.ts';
import { RouteMaker } from './routing/route-maker.ts';
import type { RouteRule } from './routing/route-rule.ts';

export interface ListenOptions {
  /** 0 for any free one. */
  readonly port: number;
  /** @defaultValue '127.0.0.1' */
  readonly host?: string;
}

/** A door that is open. */
export interface Listening {
  readonly port: number;
  readonly url: string;
  /** Drains and closes this door alone. */
  close(): Promise<void>;
}

/**
 * Lets requests in from outside: finds their route, who asks and whether they may, and passes them on to an instance of
 * the service, streaming both ways. Both doors, `handleRequest` and `listen`, give the same answers. Every refusal is
 * an RFC 9457 problem that names no machine.
 *
 * @example
 * ```ts
 * import type { EndpointLeaser } from '@tutti/core';
 * import { APIGateway, jwt } from '@tutti/gateway';
 *
 * export async function open(mesh: EndpointLeaser, jwks: { keys: [] }): Promise<string> {
 *   const gateway = new APIGateway({ upstreams: mesh, authenticators: [jwt({ issuer: 'https://id.example', jwks })] });
 *   gateway.addRoute({ path: '/api/v1/voice', methods: ['POST'], serviceName: 'voice-interface', timeout: '45s', roles: ['member'] });
 *   const { url } = await gateway.listen({ port: 8080 });
 *   return url;
 * }
 * ```
 */
export class APIGateway<const S extends string = string, const M extends string = string> implements Component, Inspectable {
  readonly name = 'gateway';
  readonly feature = 'gateway';
  readonly #options: GatewayOptions;
  readonly #limits: Required<GatewayLimits>;
  readonly #runtime: Runtime;
  readonly #access: Access;
  readonly #routes: RouteBook;
  readonly #doors = new Set<HttpDoor>();
  readonly #proxies: TrustedProxies;
  readonly #loop: LoopGuard;
  readonly #reception: Reception;
  readonly #mounts: Mounts;
  readonly #follower: RouteFollower | undefined;
  readonly on: Component['on'];
  readonly #life: Component;

  /** @throws INVALID_OPTIONS naming the path. */
  constructor(options: GatewayOptions<S, M>) {
    this.#options = checkGatewayOptions(options);
    this.#limits = checkLimits(options.limits);
    this.#runtime = options.runtime ?? defaultRuntime;
    this.#access = new Access(this.#options, this.#runtime);
    const maker = new RouteMaker({ options: this.#options, access: this.#access, limits: this.#limits, runtime: this.#runtime });
    this.#routes = new RouteBook({ make: (rule, at) => maker.make(rule, at), announce: (route) => maker.announce(route) });
    const { trustedProxies = [], forwardedBy = 'x-forwarded-for' } = options;
    this.#proxies = new TrustedProxies(trustedProxies, forwardedBy);
    this.#loop = new LoopGuard({ maxDelayMs: durationMs(this.#limits.maxLoopDelay), runtime: this.#runtime });
    this.#reception = new Reception({
      routes: this.#routes,
      proxies: this.#proxies,
      operation: new Operation(options, this.#runtime),
      loop: this.#loop,
      limits: this.#limits,
      runtime: this.#runtime,
    });
    this.#mounts = new Mounts({
      reception: this.#reception,
      limits: this.#limits,
      runtime: this.#runtime,
      state: () => (this.state === 'stopping' || this.state === 'stopped' ? this.state : 'open'),
    });
    const { config, routesKey } = options;
    if (config && routesKey !== undefined) {
      const apply = (rules: readonly RouteRule[]): void => this.#routes.replace(rules);
      this.#follower = new RouteFollower({ store: config, key: routesKey, apply, logger: this.#runtime.logger });
    }
    this.#life = component('gateway', {
      open: () => this.#open(),
      close: () => this.#close(),
      probe: () => this.#follower?.health ?? { status: 'healthy' },
    });
    this.on = this.#life.on;
  }

  get state(): ComponentState {
    return this.#life.state;
  }

  start(): Promise<void> {
    return this.#life.start();
  }

  /** Lets what is under way end, as long as the limits give it, then closes every door. Nothing is taken in afterwards. */
  stop(): Promise<void> {
    return this.#life.stop();
  }

  /** Degraded while the routes in the store are not followed, because they are wrong. */
  health(): Promise<Health> {
    return this.#life.health();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#life.stop();
  }

  /**
   * Serves from the next request on, beside the routes that there are.
   * @throws INVALID_OPTIONS naming the path of what is wrong; then nothing has changed.
   */
  addRoute(rule: RouteRule<S, M>): void {
    this.#routes.add(rule);
  }

  /**
   * Puts these routes in place of all that there are, from the next request on. The set is checked to its end before any of it serves;
   * requests under way end by the routes that they began with. What limits and breakers have counted stays.
   * @throws INVALID_OPTIONS naming the path of what is wrong; then nothing has changed.
   */
  setRoutes(rules: readonly RouteRule<S, M>[]): void {
    this.#routes.replace(rules);
  }

  /** Which way a request would go, what it would pass, and why each other route does not take it. Only looks. @throws INVALID_ARGUMENT for what is no request. */
  explain(request: GatewayRequest): RouteExplanation {
    return explainRoute(this.#routes.current, directRequest(request, 0));
  }

  /**
   * Which of these requests other routes would treat differently, before they are in force: by route, service, access, limit or handling.
   * @throws INVALID_OPTIONS naming the path, as `setRoutes` would; INVALID_ARGUMENT for what is no request.
   */
  plan(rules: readonly RouteRule<S, M>[], requests: readonly GatewayRequest[]): RoutePlan {
    const recorded = requests.map((request) => directRequest(request, 0));
    return planRoutes(this.#routes.current, this.#routes.draft(rules), recorded);
  }

  /**
   * Serves one request from inside the process. An answer that breaks off becomes a 502: it is held until it is whole.
   * @throws INVALID_ARGUMENT for what is no request; the reason of `signal` when that gave the request up;
   * GATEWAY_STOPPING after `stop`.
   */
  async handleRequest(request: GatewayRequest): Promise<GatewayResponse> {
    if (this.state === 'stopping' || this.state === 'stopped') throw gatewayError('GATEWAY_STOPPING', {});
    const incoming = directRequest(request, this.#limits.maxBodyBytes);
    const response = new CollectedResponse(this.#limits.maxCollectedBytes);
    await this.#reception.serve(incoming, response, request.signal && { signal: request.signal });
    return response.whole;
  }

  /**
   * For a server of `node:http` that somebody else listens with, and for Express: `createServer(gateway.nodeHandler())`,
   * `app.use(gateway.nodeHandler())` before whatever reads bodies. Its target is the `url` of the request, from which Express has taken the
   * path that it is mounted at. The head and the connections are for that server to limit.
   */
  nodeHandler(): NodeHandler {
    return this.#mounts.node.handle;
  }

  /** For the `upgrade` event of the same server. */
  get handleUpgrade(): NodeUpgradeHandler {
    return this.#mounts.node.handleUpgrade;
  }

  /** A plugin of Fastify 5, to be registered under any prefix; bodies under it are left to the gateway. */
  fastify(): FastifyPluginLike {
    return this.#mounts.fastify;
  }

  /**
   * Serves a request of the Fetch standard, streaming both ways: for Hono and whatever else speaks it. The target is that of its URL.
   * Rejects with the reason of the request's signal when that gives it up before an answer has begun.
   */
  fetch(request: Request, options?: FetchOptions): Promise<Response> {
    return this.#mounts.fetch(request, options);
  }

  /** Opens a door over HTTP/1.1, and starts the gateway if it was not. Rejects with the system's error when the port is taken. */
  async listen(options: ListenOptions): Promise<Listening> {
    const { host, port } = checkOptions(
      'listen',
      options,
      { required: { port: wholeNumber({ max: 65_535 }) }, optional: { host: text } },
      { host: '127.0.0.1' },
    );
    await this.start();
    const door = new HttpDoor({
      serve: (request, response) => this.#reception.serve(request, response),
      knows: (protocol) =>
        this.#routes.current.routes.some(({ rule }) => rule.upgrades.some((known) => known.toLowerCase() === protocol.toLowerCase())),
      readiness: { path: this.#options.readinessPath, isReady: () => this.state === 'running' },
      isProxy: (address) => this.#proxies.trusts(address),
      limits: this.#limits,
      runtime: this.#runtime,
    });
    const bound = await door.listen(port, host);
    this.#doors.add(door);
    const close = async (): Promise<void> => {
      await door.close();
      this.#doors.delete(door);
    };
    return { port: bound, url: httpOrigin({ host, port: bound }), close };
  }

  resources(): readonly InspectableResource[] {
    const follower = this.#follower;
    const { routesKey } = this.#options;
    const routes = inspectableRoutes(() => this.#routes.current.routes);
    const source = follower && routesKey !== undefined ? [inspectableRouteSource(routesKey, () => follower.state)] : [];
    const { limiter } = this.#access;
    return [routes, ...source, ...(limiter ? [inspectableLimiter(limiter)] : [])];
  }

  actions(): readonly InspectableAction[] {
    return routeActions(this.#options.config, this.#options.routesKey);
  }

  async #open(): Promise<void> {
    await this.#follower?.start();
    this.#loop.start();
    this.#mounts.start();
  }

  async #close(): Promise<void> {
    this.#follower?.stop();
    const { lameDuck, drainTimeout } = this.#limits;
    const { underWay } = this.#reception;
    const patienceMs = durationMs(lameDuck) + durationMs(drainTimeout);
    await Promise.all([underWay.empty(this.#runtime.clock, patienceMs), ...[...this.#doors].map((door) => door.close())]);
    for (const call of underWay.items) call.cancel(gatewayError('GATEWAY_STOPPING', {}));
    await this.#mounts.stop();
    await this.#loop.stop();
  }
}
