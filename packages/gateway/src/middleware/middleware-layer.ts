import type { Call, Handler, Layer } from '@tutti/core';
import { gatewayError } from '../errors.ts';
import type { Exchange } from '../http/exchange.ts';
import type { CheckedRouteRule } from '../routing/route-rule.ts';
import type { Answered, Next } from './middleware.ts';
import { MiddlewareRequest } from './middleware-request.ts';
import type { PlacedMiddleware } from './middleware-stack.ts';
import { Reply } from './reply.ts';

/** Carries out what the contract of Middleware says. */
export function middlewareLayer(placed: PlacedMiddleware, rule: CheckedRouteRule): Layer<Exchange, void> {
  return (next) => (exchange, call) => new Passing(placed, rule, next, exchange, call).pass();
}

/** One request on its way through one middleware. */
class Passing {
  readonly #placed: PlacedMiddleware;
  readonly #rule: CheckedRouteRule;
  readonly #rest: Handler<Exchange, void>;
  readonly #exchange: Exchange;
  readonly #call: Call;
  /** Settles with the rest, once that was asked. */
  #going: Promise<void> | undefined;
  #inner: Call | undefined;
  #state: 'before' | 'under way' | 'answered' | 'failed' = 'before';

  constructor(placed: PlacedMiddleware, rule: CheckedRouteRule, rest: Handler<Exchange, void>, exchange: Exchange, call: Call) {
    this.#placed = placed;
    this.#rule = rule;
    this.#rest = rest;
    this.#exchange = exchange;
    this.#call = call;
  }

  async pass(): Promise<void> {
    const context = this.#exchange.context ?? {};
    const request = new MiddlewareRequest(this.#exchange, this.#call, this.#rule, context as never); // see PlacedMiddleware
    let given: Reply | Answered;
    try {
      given = await this.#placed.run(request, this.#next);
      if (given instanceof Reply) this.#reply(given);
      else if (this.#state === 'before') throw this.#misused('neither answered nor called next');
    } catch (error) {
      await this.#abandon(error);
      return;
    }
    if (this.#state === 'under way') await this.#going;
  }

  readonly #next: Next = async <A extends object>(added?: A): Promise<Answered<A>> => {
    if (this.#state !== 'before') throw this.#misused('called next twice');
    this.#state = 'under way';
    const { context } = this.#exchange;
    if (added) this.#exchange.context = { ...context, ...added };
    this.#inner = this.#call.child();
    this.#going = this.#rest(this.#exchange, this.#inner);
    try {
      await this.#going;
      this.#state = 'answered';
    } catch (error) {
      this.#state = 'failed';
      throw error;
    } finally {
      this.#inner.release();
    }
    return { status: this.#status, added: added ?? ({} as A) };
  };

  get #status(): number {
    const { response, request } = this.#exchange;
    return response.status === 0 && response.begun && request.upgrade ? 101 : response.status;
  }

  #reply(reply: Reply): void {
    if (this.#state === 'under way' || this.#state === 'answered' || this.#exchange.response.begun)
      throw this.#misused('answered beside an answer that had begun');
    reply.send(this.#exchange);
  }

  async #abandon(error: unknown): Promise<void> {
    if (this.#state === 'answered') {
      this.#call.runtime.logger.log('error', 'a middleware failed behind the answer', { middleware: this.#placed.name, error });
      return;
    }
    if (this.#state === 'under way') {
      this.#inner?.cancel(error);
      await this.#going?.catch(() => {}); // ended by the cancellation, of which the cause is thrown here
    }
    throw error;
  }

  #misused(problem: string): Error {
    return gatewayError('GATEWAY_MIDDLEWARE_MISUSED', { middleware: this.#placed.name, problem });
  }
}
