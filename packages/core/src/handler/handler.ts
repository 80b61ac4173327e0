import type { Call } from '../call/call.ts';

/** Everything that answers: a mesh call, a route, an event delivery, a saga step, a probe. */
export type Handler<I, O> = (input: I, call: Call) => Promise<O>;

/** Everything that surrounds: the handler it returns calls `next` as often as its own contract says. */
export type Layer<I, O> = (next: Handler<I, O>) => Handler<I, O>;

/** A layer that never looks at what passes through it, and so fits around any handler. */
export type AnyLayer = <I, O>(next: Handler<I, O>) => Handler<I, O>;
