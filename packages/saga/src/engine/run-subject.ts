import type { Call } from '@tutti/core';
import type { SagaDefinition } from '../definition/define-saga.ts';
import type { Journal } from './journal.ts';

// biome-ignore lint/suspicious/noExplicitAny: a definition reads its input and gives its output, so only `any` stands for all of them
export type AnySaga = SagaDefinition<string, any, any, any, unknown>;

/** Everything a run works with. */
export interface RunSubject {
  readonly saga: AnySaga;
  readonly input: unknown;
  readonly journal: Journal;
  /** Cancelled when the worker may no longer act for this saga. */
  readonly call: Call;
}
