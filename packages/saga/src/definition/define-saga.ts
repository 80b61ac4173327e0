import { createHash } from 'node:crypto';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import {
  callable,
  checkOptions,
  coreError,
  duration,
  type EventCatalogue,
  exponential,
  matching,
  objectWith,
  wholeNumber,
} from '@tutti/core';
import { type Node, type StepNode, type StepOptions, stepsOf } from './step.ts';

/** A saga: its steps in order, and the types of what goes in, between and out. Immutable. */
export interface SagaDefinition<N extends string, I, In, R, Out> {
  readonly name: N;
  readonly input: StandardSchemaV1<In, I>;
  readonly nodes: readonly Node[];
  /** A hash of the graph (names, order, what can be undone), not of the code. */
  readonly fingerprint: string;
  readonly output: (context: { readonly input: I; readonly results: R }) => Out;
  /** The graph as plain data. */
  describe(): SagaDescription;
}

export interface SagaDescription {
  readonly name: string;
  readonly fingerprint: string;
  readonly nodes: readonly (
    | { readonly step: string; readonly undo: boolean }
    | { readonly parallel: readonly { readonly step: string; readonly undo: boolean }[] }
  )[];
}

/** A name that is free; anything else does not compile. */
type Fresh<N extends string, R> = N extends keyof R ? { readonly 'a step of this name exists': N } : N;
type With<R, N extends string, O> = R & { readonly [K in N]: Awaited<O> };

/** A saga that may still get steps. Each call makes a new one. */
export interface SagaBuilder<N extends string, I, In, R> extends SagaDefinition<N, I, In, R, undefined> {
  /** Runs after everything before it. */
  step<S extends string, O>(name: Fresh<S, R> & S, options: StepOptions<I, R, O>): SagaBuilder<N, I, In, With<R, S, O>>;
  /** Runs its steps side by side. When one fails for good the others are cancelled, and all are undone as one. */
  parallel<P>(build: (branches: Branches<I, R, unknown>) => Branches<I, R, P>): SagaBuilder<N, I, In, R & P>;
  /** What `result` gives. */
  returns<Out>(output: (context: { readonly input: I; readonly results: R }) => Out): SagaDefinition<N, I, In, R, Out>;
}

/** Steps that run side by side and see what came before all of them. */
export interface Branches<I, R, P> {
  step<S extends string, O>(name: Fresh<S, R & P> & S, options: StepOptions<I, R, O>): Branches<I, R, With<P, S, O>>;
}

const defaultRetry = Object.freeze({ maxAttempts: 5, backoff: exponential({ initial: '200ms', max: '10s' }) });

/**
 * Declares a saga. Names, inputs and results are inferred; a name used twice does not compile.
 *
 * @example
 * ```ts
 * import { defineEvents } from '@tutti/core';
 * import { defineSaga } from '@tutti/saga';
 * import { z } from 'zod';
 *
 * const booking = defineSaga(defineEvents({}), 'booking', { input: z.object({ trip: z.string() }) })
 *   .step('flight', { run: async ({ input }) => ({ seat: `12A to ${input.trip}` }), compensate: async ({ result }) => void result?.seat })
 *   .step('hotel', { run: async ({ results }) => ({ for: results.flight.seat }) })
 *   .returns(({ results }) => results.hotel.for);
 * console.log(booking.describe().nodes.length);
 * ```
 */
export function defineSaga<N extends string, S extends StandardSchemaV1>(
  _events: EventCatalogue,
  name: N,
  options: { readonly input: S },
): SagaBuilder<N, StandardSchemaV1.InferOutput<S>, StandardSchemaV1.InferInput<S>, unknown> {
  const problem = matching('lower-case words joined by _ or -', /^[a-z][a-z\d_-]*$/)(name);
  if (problem) throw coreError('INVALID_OPTIONS', { path: 'saga.name', problem });
  checkOptions(`saga.${name}`, options, { required: { input: objectWith('a Standard Schema', '~standard') } });
  return builder(name, options.input as unknown as StandardSchemaV1<never, never>, []) as never;
}

type Untyped = SagaBuilder<string, unknown, never, unknown>;

function builder(name: string, input: StandardSchemaV1<never, unknown>, nodes: readonly Node[]): Untyped {
  const finished = <Out>(
    output: (context: { input: unknown; results: unknown }) => Out,
  ): SagaDefinition<string, unknown, never, unknown, Out> => {
    const graph = nodes.map(describeNode);
    const fingerprint = createHash('sha256')
      .update(JSON.stringify([name, graph]))
      .digest('hex')
      .slice(0, 16);
    return Object.freeze({ name, input, nodes, fingerprint, output, describe: () => ({ name, fingerprint, nodes: graph }) });
  };
  return Object.freeze({
    ...finished(() => undefined),
    step: (step: string, options: StepOptions<unknown, unknown, unknown>) =>
      builder(name, input, [...nodes, stepNode(name, nodes, step, options)]),
    parallel(build: (branches: Branches<unknown, unknown, unknown>) => unknown) {
      const steps: StepNode[] = [];
      const branches = {
        step(step: string, options: StepOptions<unknown, unknown, unknown>) {
          steps.push(stepNode(name, [...nodes, { kind: 'parallel', steps }], step, options));
          return branches;
        },
      };
      build(branches as unknown as Branches<unknown, unknown, unknown>);
      return builder(name, input, [...nodes, { kind: 'parallel', steps: [...steps] }]);
    },
    returns: finished,
  }) as unknown as Untyped;
}

function stepNode(saga: string, nodes: readonly Node[], name: string, options: StepOptions<unknown, unknown, unknown>): StepNode {
  const path = `saga.${saga}.${name}`;
  const problem = matching('letters, digits, _ or -', /^[A-Za-z][\w-]*$/)(name);
  if (problem) throw coreError('INVALID_OPTIONS', { path, problem });
  if (nodes.flatMap(stepsOf).some((other) => other.name === name))
    throw coreError('INVALID_OPTIONS', { path, problem: 'is the name of another step' });
  checkOptions(path, options, {
    required: { run: callable },
    optional: { compensate: callable, retry: objectWith('a StepRetry', 'maxAttempts', 'backoff'), timeout: duration },
  });
  const { run, compensate, retry = defaultRetry, timeout = '1m' } = options;
  checkOptions(`${path}.retry`, retry, { required: { maxAttempts: wholeNumber({ min: 1 }), backoff: objectWith('a Backoff', 'delayMs') } });
  return {
    kind: 'step',
    name,
    run: run as StepNode['run'],
    retry,
    timeout,
    ...(compensate && { compensate: compensate as NonNullable<StepNode['compensate']> }),
  };
}

function describeNode(node: Node): SagaDescription['nodes'][number] {
  const described = stepsOf(node).map(({ name, compensate }) => ({ step: name, undo: compensate !== undefined }));
  return node.kind === 'parallel' ? { parallel: described } : (described[0] as { step: string; undo: boolean });
}
