import type { StandardSchemaV1 } from '@standard-schema/spec';
import { coreError, type EventCatalogue, matching, objectWith } from '@tutti/core';
import { builderOf } from './build-saga.ts';
import type { EmptySaga } from './saga-builder.ts';
import { resolveSagaOptions, type SagaOptions } from './saga-options.ts';

/**
 * Declares a saga. Names, inputs, events and results are inferred; a name used twice does not compile, and neither does anything
 * that would have to be undone after the pivot. What does not compile is refused with INVALID_OPTIONS when it comes untyped.
 *
 * @example
 * ```ts
 * import { defineEvents } from '@tutti/core';
 * import { defineSaga } from '@tutti/saga';
 * import { z } from 'zod';
 *
 * const booking = defineSaga(defineEvents({}), 'booking', { input: z.object({ trip: z.string() }) })
 *   .step('flight', { run: async ({ input }) => ({ seat: `12A to ${input.trip}` }), compensate: async ({ result }) => void result?.seat })
 *   .pivot('pay', { run: async ({ idempotencyKey }) => ({ paid: idempotencyKey }) })
 *   .step('ticket', { kind: 'retriable', run: async ({ results }) => ({ for: results.flight.seat }) })
 *   .returns(({ results }) => results.ticket.for);
 * console.log(booking.describe().nodes.length);
 * ```
 */
export function defineSaga<C extends EventCatalogue, N extends string, S extends StandardSchemaV1>(
  events: C,
  name: N,
  options: SagaOptions<S>,
): EmptySaga<{
  readonly name: N;
  readonly events: C;
  readonly input: StandardSchemaV1.InferOutput<S>;
  readonly given: StandardSchemaV1.InferInput<S>;
}> {
  const fail = (path: string, problem: string): never => {
    throw coreError('INVALID_OPTIONS', { path, problem });
  };
  const problem = matching('at most 100 lower-case letters, digits, _ or -, beginning with a letter', /^[a-z][a-z\d_-]{0,99}$/)(name);
  if (problem) fail('saga.name', problem);
  const path = `saga.${name}`;
  const catalogue = objectWith('the result of defineEvents')(events);
  if (catalogue) fail(`${path}.events`, catalogue);
  const settings = resolveSagaOptions(path, options as unknown as SagaOptions<StandardSchemaV1>);
  return builderOf({ name, events, input: options.input, settings, nodes: [] }) as never; // types are what it has them for
}
