import { callable, coreError, text } from '@tutti/core';
import type { Middleware } from './middleware.ts';

/** One middleware at its place. */
export interface PlacedMiddleware {
  readonly name: string;
  /** Whether only the routes pass it that ask for it. */
  readonly offered: boolean;
  /** Given only what those before it have added: the types of the stack see to that. */
  readonly run: Middleware<never>;
}

/**
 * The middleware of a gateway in the order in which requests pass it. Immutable; `use` and `offer` make another one.
 *
 * @typeParam C What the middleware so far has added to the context.
 * @typeParam M The names of those that are only offered.
 */
export class MiddlewareStack<C extends object = object, M extends string = never> {
  readonly placed: readonly PlacedMiddleware[];

  /** @internal */
  constructor(placed: readonly PlacedMiddleware[]) {
    this.placed = placed;
  }

  /** Behind those that there are, for every route. @throws INVALID_ARGUMENT when the name is taken. */
  use<A extends object>(name: string, run: Middleware<C, A>): MiddlewareStack<C & A, M> {
    return new MiddlewareStack(this.#with({ name, offered: false, run }));
  }

  /** Behind those that there are, for routes that name it. What it adds, those behind it may or may not find. @throws INVALID_ARGUMENT when the name is taken. */
  offer<N extends string, A extends object>(name: N, run: Middleware<C, A>): MiddlewareStack<C & Partial<A>, M | N> {
    return new MiddlewareStack(this.#with({ name, offered: true, run }));
  }

  #with(one: PlacedMiddleware): readonly PlacedMiddleware[] {
    const fail = (path: string, problem: string): never => {
      throw coreError('INVALID_ARGUMENT', { path, problem });
    };
    const problem = text(one.name);
    if (problem) fail('name', problem);
    if (this.placed.some(({ name }) => name === one.name)) fail('name', `is that of another middleware: '${one.name}'`);
    const notCallable = callable(one.run);
    if (notCallable) fail('run', notCallable);
    return Object.freeze([...this.placed, Object.freeze(one)]);
  }
}

/**
 * An empty stack.
 *
 * @example
 * ```ts
 * import { middlewareStack, reply } from '@tutti/gateway';
 *
 * export const stack = middlewareStack()
 *   .use('plan', async ({ identity }, next) => next({ plan: identity?.roles.includes('paying') ? 'gold' : 'free' }))
 *   .offer('paying', async ({ context }, next) => (context.plan === 'gold' ? next() : reply({ status: 402 })));
 * ```
 */
export function middlewareStack(): MiddlewareStack {
  return new MiddlewareStack([]);
}
