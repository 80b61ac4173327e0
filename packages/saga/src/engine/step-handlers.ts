import { compose, type Handler, timeout, traced } from '@tutti/core';
import type { StepNode } from '../definition/node.ts';
import type { AttemptContext } from './step-context.ts';
import type { Way } from './way.ts';

type StepHandler = Handler<AttemptContext, unknown>;

/** The layers around the steps of one saga, put together once for each step and way. */
export class StepHandlers {
  readonly #saga: string;
  readonly #made = new Map<Way, Map<StepNode, StepHandler>>();

  constructor(saga: string) {
    this.#saga = saga;
  }

  of(step: StepNode, way: Way): StepHandler {
    const made = this.#made.get(way) ?? new Map<StepNode, StepHandler>();
    this.#made.set(way, made);
    const handler = made.get(step) ?? this.#make(step, way);
    made.set(step, handler);
    return handler;
  }

  #make(step: StepNode, way: Way): StepHandler {
    const operation = `${way.keySuffix === '' ? '' : 'undo of '}${this.#saga}.${step.name}`;
    const attempt: StepHandler = async (context, inner) => {
      context.call = inner;
      return way.run(step, context);
    };
    return compose(attempt, [timeout({ operation, timeout: `${way.timeoutMs(step)}ms` }), traced({ operation })]);
  }
}
