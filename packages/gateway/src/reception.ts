import { type Call, type Runtime, readCallHeaders, TuttiError } from '@tutti/core';
import { gatewayError } from './errors.ts';
import { checkHead } from './http/check-head.ts';
import type { IncomingRequest } from './http/exchange.ts';
import type { ResponseSink } from './http/response-sink.ts';
import type { TrustedProxies } from './http/trusted-proxies.ts';
import { Occupied } from './occupied.ts';
import { problemHeaders, problemOf } from './problem.ts';
import { canonicalPath } from './routing/canonical-path.ts';
import type { Router } from './routing/router.ts';
import type { Route } from './routing/serve-route.ts';

/** Answers every request, whichever door it came in by: by way of its route, or with the problem that is in the way. */
export class Reception {
  readonly underWay: Occupied<Call> = new Occupied();
  readonly #router: Router<Route>;
  readonly #proxies: TrustedProxies;
  readonly #runtime: Runtime;

  constructor(router: Router<Route>, proxies: TrustedProxies, runtime: Runtime) {
    this.#router = router;
    this.#proxies = proxies;
    this.#runtime = runtime;
  }

  /** Resolves when the answer is on its way or given up. Does not reject: every failure is an answer. */
  async serve(incoming: IncomingRequest, response: ResponseSink, signal?: AbortSignal): Promise<void> {
    const request = this.#proxies.seenThrough(incoming);
    const call = readCallHeaders(request.headers.byName, { from: 'client', runtime: this.#runtime, ...(signal && { signal }) });
    this.underWay.add(call);
    response.whenGone((reason) => call.cancel(reason));
    try {
      await this.#answer(request, response, call);
    } catch (error) {
      const unwanted = signal?.aborted || TuttiError.is(error, 'CANCELLED');
      if (unwanted || response.begun) this.#breakOff(response, call, error);
      else this.#refuse(request, response, call, error);
    } finally {
      this.underWay.delete(call);
      call.release();
      request.body?.destroy();
    }
  }

  async #answer(request: IncomingRequest, response: ResponseSink, call: Call): Promise<void> {
    checkHead(request);
    const { method } = request;
    const path = canonicalPath(request.target);
    const route = this.#router.match(method, path);
    if (route) return route.handler({ request, response, tried: [] }, call);
    const allow = this.#router.allowed(path);
    if (allow.length === 0) throw gatewayError('GATEWAY_NO_ROUTE', {});
    if (method !== 'OPTIONS') throw gatewayError('GATEWAY_METHOD_NOT_ALLOWED', { method, allow });
    response.begin(204, ['allow', allow.join(', ')]);
    response.end();
  }

  #refuse(request: IncomingRequest, response: ResponseSink, call: Call, error: unknown): void {
    const problem = problemOf(error, call.traceparent);
    if (problem.status >= 500) this.#log(problem.status === 500 ? 'error' : 'warn', call, error);
    const body = Buffer.from(JSON.stringify(problem));
    response.begin(problem.status, [...problemHeaders(error), 'content-length', String(body.length)]);
    if (request.method === 'HEAD') response.end();
    else response.end(body);
  }

  /** After the head has gone out there is no other way left to say that something is missing. */
  #breakOff(response: ResponseSink, call: Call, error: unknown): void {
    if (!TuttiError.is(error, 'CANCELLED')) this.#log('warn', call, error);
    response.destroy(error instanceof Error ? error : gatewayError('GATEWAY_STOPPING', {}, { cause: error }));
  }

  #log(level: 'warn' | 'error', call: Call, error: unknown): void {
    const code = TuttiError.is(error) ? error.code : 'INTERNAL';
    this.#runtime.logger.log(level, 'a request was not answered as it should be', { code, traceparent: call.traceparent, error });
  }
}
