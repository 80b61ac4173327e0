import { validateHeaderName, validateHeaderValue } from 'node:http';
import { type Call, coreError } from '@tutti/core';
import type { Identity } from '../authentication/authenticator.ts';
import type { Exchange } from '../http/exchange.ts';
import type { RequestHeaders } from '../http/request-headers.ts';
import { canonicalPath } from '../routing/canonical-path.ts';
import type { CheckedRouteRule } from '../routing/route-rule.ts';

/** The gateway frames every answer itself. */
const framing: ReadonlySet<string> = new Set([
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'upgrade',
  'trailer',
  'te',
]);

/** A request as a middleware sees it. Its body belongs to the service. @typeParam C What the middleware before has added. */
export class MiddlewareRequest<C extends object = object> {
  /** Deadline, cancellation, trace and runtime of the request. */
  readonly call: Call;
  readonly route: CheckedRouteRule;
  /** What the middleware before has added, and nothing else. */
  readonly context: C;
  readonly #exchange: Exchange;

  constructor(exchange: Exchange, call: Call, route: CheckedRouteRule, context: C) {
    this.#exchange = exchange;
    this.call = call;
    this.route = route;
    this.context = context;
  }

  get method(): string {
    return this.#exchange.request.method;
  }

  /** The one form of the path on which the route was found. */
  get path(): string {
    return canonicalPath(this.#exchange.request.target);
  }

  /** Path and query as they came. */
  get target(): string {
    return this.#exchange.request.target;
  }

  get headers(): RequestHeaders {
    return this.#exchange.request.headers;
  }

  get clientAddress(): string | undefined {
    return this.#exchange.request.clientAddress;
  }

  /** Who asks. Absent on public routes. */
  get identity(): Identity | undefined {
    return this.#exchange.identity;
  }

  /**
   * Adds a header to the answer, whoever gives it, also to a refusal. Before the answer begins; later it comes to nothing.
   * @throws INVALID_ARGUMENT for what is no header, and for those by which answers are framed.
   */
  addAnswerHeader(name: string, value: string): void {
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch (cause) {
      throw coreError('INVALID_ARGUMENT', { path: 'name', problem: 'or value is not that of a header' }, { cause });
    }
    if (framing.has(name.toLowerCase()))
      throw coreError('INVALID_ARGUMENT', { path: 'name', problem: `is for the gateway to say: ${name}` });
    this.#exchange.response.added.push(name, value);
  }
}
