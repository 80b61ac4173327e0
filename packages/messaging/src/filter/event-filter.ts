import type { CloudEvent } from '@tutti/core';

/**
 * Tests by dotted path, such as `{ 'data.total': { gt: 100 }, tenantid: 'acme' }`, or a function.
 * Known paths are those of the events `E`, into four levels of data and into no array; a path that none of them has, and a value its member
 * cannot have, do not compile.
 */
export type EventFilter<E extends CloudEvent = CloudEvent> = FilterTests<E> | ((event: E) => boolean);

/** Where nothing is known of the data, any path below it may be tested. */
export type FilterTests<E> = { readonly [P in PathOf<E>]?: TestOf<ValueAt<E, P>> };

type Scalar = string | number | boolean | null;
/** What paths do not enter. */
type Closed = Scalar | undefined | bigint | symbol | Date | readonly unknown[] | ((...args: never) => unknown);
/** Names that no path may have. */
type Unnamed = '' | '__proto__' | 'constructor' | 'prototype' | `${string}.${string}`;

/** @param Left One entry for each level that may still be entered. */
type PathOf<T, Left extends readonly unknown[] = [1, 1, 1, 1]> = unknown extends T
  ? string
  : T extends Closed
    ? never
    : { [K in keyof T & string]-?: K extends Unnamed ? never : K | Below<T[K], K, Left> }[keyof T & string];

type Below<V, K extends string, Left extends readonly unknown[]> = Left extends readonly [unknown, ...infer Fewer]
  ? `${K}.${PathOf<V, Fewer>}`
  : never;

/** Of a union: what any of its members has there. */
type ValueAt<T, P extends string> = unknown extends T
  ? Scalar
  : T extends Closed
    ? never
    : P extends keyof T
      ? Known<T[P]>
      : P extends `${infer Head}.${infer Rest}`
        ? Head extends keyof T
          ? ValueAt<T[Head], Rest>
          : never
        : never;

type Known<V> = unknown extends V ? Scalar : V;

type TestOf<V> = [Extract<V, Scalar>] extends [never]
  ? { readonly exists: boolean }
  : Extract<V, Scalar> | readonly Extract<V, Scalar>[] | Operators<Extract<V, Scalar>>;

/** Only what can be compared has bounds. */
type Bound<S> = (S extends string ? string : never) | (S extends number ? number : never);

type Operators<S> = {
  readonly not?: S | readonly S[];
  readonly exists?: boolean;
} & ([Bound<S>] extends [never] ? unknown : { readonly [Name in 'gt' | 'gte' | 'lt' | 'lte']?: Bound<S> }) &
  ([Extract<S, string>] extends [never] ? unknown : { readonly startsWith?: string });
