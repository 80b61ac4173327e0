import type { MiddlewareRequest } from './middleware-request.ts';
import type { Reply } from './reply.ts';

/** That the rest has answered, and what it was told to know. Only `next` makes one. */
export interface Answered<A extends object = object> {
  /** Of the answer that the client has got, or is getting. */
  readonly status: number;
  readonly added: A;
}

/**
 * Goes on: with the middleware behind, and at last to the service. What is given to it is from there on part of `context`. Resolves when the
 * whole answer has been handed over; rejects when there is none, and then another one can still be given.
 */
export interface Next {
  (): Promise<Answered>;
  <A extends object>(added: A): Promise<Answered<A>>;
}

/**
 * Stands between the gateway's own guards and the service: it looks at a request that has a route and has been let in, and either answers it
 * itself or goes on. It returns its own `reply`, or what `next` gave.
 *
 * - What it throws is answered as everywhere: a TuttiError by its code, anything else as a 500 that says nothing.
 * - `next` can be called once. A second call rejects with GATEWAY_MIDDLEWARE_MISUSED and sends nothing.
 * - A reply beside an answer that has begun is a GATEWAY_MIDDLEWARE_MISUSED. After a `next` that rejected with no answer begun it is the answer.
 * - What it throws once the whole answer has been handed over is logged, and the client has its answer.
 * - When it is over while `next` is not, what `next` began is cancelled.
 *
 * @typeParam C What must be in the context before.
 * @typeParam A What is in it for those behind.
 */
export type Middleware<C extends object = object, A extends object = object> = (
  request: MiddlewareRequest<C>,
  next: Next,
) => Promise<Reply | Answered<A>>;
