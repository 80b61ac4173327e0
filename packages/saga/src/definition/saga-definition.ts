import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { EventCatalogue } from '@tutti/core';
import type { SagaDescription } from './describe.ts';
import type { Node } from './node.ts';
import type { SagaSettings } from './saga-settings.ts';

/** A saga: its graph, what holds for the whole of it, and the types of what goes in, between and out. Immutable. */
export interface SagaDefinition<N extends string, I, In, R, Out> {
  readonly name: N;
  readonly input: StandardSchemaV1<In, I>;
  /** What its steps may publish. */
  readonly events: EventCatalogue;
  readonly nodes: readonly Node[];
  /** The name of the step after which there is no way back. */
  readonly pivotStep?: string;
  readonly settings: SagaSettings;
  /** A hash of the graph (names, kinds, roles, order, what can be undone), not of the code. */
  readonly fingerprint: string;
  readonly output: (context: { readonly input: I; readonly results: R }) => Out;
  /** The graph and the settings as plain data. */
  describe(): SagaDescription;
}

// biome-ignore lint/suspicious/noExplicitAny: a definition reads its input and gives its output, so only `any` stands for all of them
export type AnySaga = SagaDefinition<string, any, any, any, unknown>;
