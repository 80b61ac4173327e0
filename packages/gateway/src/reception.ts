import { type Call, coreError, type Runtime, readCallHeaders, TuttiError } from '@tutti/core';
import { answerPreflight, preflightMethod } from './cors/cors.ts';
import { gatewayError } from './errors.ts';
import { checkHead } from './http/check-head.ts';
import type { IncomingRequest } from './http/exchange.ts';
import type { GatewayLimits } from './http/limits.ts';
import type { ResponseSink } from './http/response-sink.ts';
import type { TrustedProxies } from './http/trusted-proxies.ts';
import { Occupied } from './occupied.ts';
import type { LoopGuard } from './operation/loop-guard.ts';
import type { Operation } from './operation/operation.ts';
import type { Visit } from './operation/visit.ts';
import { problemHeaders, problemOf } from './problem.ts';
import { canonicalPath } from './routing/canonical-path.ts';
import type { RouteBook } from './routing/route-book.ts';
import { routeMethods } from './routing/route-match.ts';

export interface ReceptionParts {
  readonly routes: RouteBook;
  readonly proxies: TrustedProxies;
  readonly operation: Operation;
  readonly loop: LoopGuard;
  readonly limits: Required<GatewayLimits>;
  readonly runtime: Runtime;
}

export interface ServeOptions {
  /** Gives the request up when aborted. */
  readonly signal?: AbortSignal;
  /** What is known to be in the way before anybody has looked. */
  readonly refusal?: Error;
}

/** Answers every request, whichever door it came in by: by way of its route, or with the problem that is in the way. */
export class Reception {
  readonly underWay: Occupied<Call> = new Occupied();
  readonly #routes: RouteBook;
  readonly #proxies: TrustedProxies;
  readonly #operation: Operation;
  readonly #loop: LoopGuard;
  readonly #limits: Required<GatewayLimits>;
  readonly #runtime: Runtime;

  constructor({ routes, proxies, operation, loop, limits, runtime }: ReceptionParts) {
    this.#routes = routes;
    this.#proxies = proxies;
    this.#operation = operation;
    this.#loop = loop;
    this.#limits = limits;
    this.#runtime = runtime;
  }

  /** Resolves when the answer is on its way or given up. Does not reject: every failure is an answer. */
  async serve(incoming: IncomingRequest, sink: ResponseSink, { signal, refusal }: ServeOptions = {}): Promise<void> {
    const request = this.#proxies.seenThrough(incoming);
    const visit = this.#operation.begin(request, sink);
    const call = readCallHeaders(request.headers.byName, {
      from: 'client',
      runtime: this.#runtime,
      correlationId: visit.requestId,
      traceparent: visit.traceparent,
      signal,
    });
    const { response } = visit;
    const place = this.underWay.add(call);
    response.whenGone((reason) => call.cancel(reason));
    try {
      if (refusal) throw refusal;
      await this.#answer(visit, call);
    } catch (error) {
      const unwanted = signal?.aborted || TuttiError.is(error, 'CANCELLED');
      if (unwanted) response.isLeft = true;
      if (unwanted || response.begun) this.#breakOff(visit, call, error);
      else this.#refuse(visit, call, error);
    } finally {
      this.underWay.delete(place);
      this.#operation.ended(visit, call);
      call.release();
      request.body?.destroy();
    }
  }

  /** Throws, or rejects, with what is in the way. */
  #answer(visit: Visit, call: Call): Promise<void> | undefined {
    const { request, response, exchange } = visit;
    if (this.#loop.turnsAway()) throw gatewayError('GATEWAY_OVERLOADED', { retryAfterMs: 1_000 });
    checkHead(request, this.#limits);
    const { method } = request;
    const path = canonicalPath(request.target);
    const routes = this.#routes.current;
    const wanted = preflightMethod(request);
    const asked = wanted && routes.match(wanted, path, request);
    if (asked?.cors) {
      visit.rule = asked.rule;
      answerPreflight(request, response, asked.cors, asked.rule.methods ?? routeMethods);
      return undefined;
    }
    const route = routes.match(method, path, request);
    if (route) {
      visit.rule = route.rule;
      return route.handler(exchange, call);
    }
    const allow = routes.allowed(path, request);
    if (allow.length === 0) throw gatewayError('GATEWAY_NO_ROUTE', {});
    if (method !== 'OPTIONS') throw gatewayError('GATEWAY_METHOD_NOT_ALLOWED', { method, allow });
    response.begin(204, ['allow', allow.join(', ')]);
    response.end();
    return undefined;
  }

  #refuse(visit: Visit, call: Call, error: unknown): void {
    const { request, response, requestId } = visit;
    const problem = problemOf(error, call.traceparent, requestId);
    this.#operation.refused(visit, call, { error, status: problem.status });
    const body = Buffer.from(JSON.stringify(problem));
    response.begin(problem.status, [...problemHeaders(error), 'content-length', String(body.length)]);
    if (request.method === 'HEAD') response.end();
    else response.end(body);
  }

  /** After the head has gone out there is no other way left to say that something is missing. */
  #breakOff(visit: Visit, call: Call, error: unknown): void {
    this.#operation.brokenOff(visit, call, error);
    visit.response.destroy(error instanceof Error ? error : coreError('CANCELLED', { reason: String(error) }));
  }
}
