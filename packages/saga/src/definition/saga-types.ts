import type { AnySaga, SagaDefinition } from './saga-definition.ts';

export type NamedSaga<S extends readonly AnySaga[], N> = Extract<S[number], { readonly name: N }>;
export type InputOf<D> = D extends SagaDefinition<string, infer _I, infer In, infer _R, infer _Out> ? In : never;
export type OutputOf<D> = D extends SagaDefinition<string, infer _I, infer _In, infer _R, infer Out> ? Out : never;
