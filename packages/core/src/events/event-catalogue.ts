import type { StandardSchemaV1 } from '@standard-schema/spec';
import { coreError } from '../errors/core-errors.ts';
import { checkOptions } from '../options/check-options.ts';
import { callable, objectWith, oneOf, wholeNumber } from '../options/rules.ts';
import type { Priority } from '../policy/bulkhead/places.ts';
import type { CloudEvent } from './cloud-event.ts';

/** What the catalogue knows of one event type. */
export interface EventDefinition<D> {
  readonly schema: StandardSchemaV1<unknown, D>;
  /** The ordering and correlation key of an event; it becomes the envelope's `subject`. */
  readonly key?: (data: D) => string;
  /** Of the data. */
  readonly version: number;
  /** From each earlier version to the next. */
  readonly upcast?: Upcasts;
  /** Who is handled first where events wait, unless the publisher says otherwise. */
  readonly priority?: Priority;
}

/** Makes data of one version into data of the next. Pure: it may run again and again. */
export type Upcast = { step(data: unknown): unknown }['step']; // a method, so that a step may name the type it takes

/** Steps by the version they begin with: `{ 1: (v1) => v2, 2: (v2) => v3 }`. */
export type Upcasts = Readonly<Record<number, Upcast>>;

export interface EventOptions<D> {
  readonly key?: (data: D) => string;
  /** Of the data. A change that old readers could not read is a new version. @defaultValue 1 */
  readonly version?: number;
  /** How events that were stored with an earlier version are read. A version without a way to this one makes a dead letter. */
  readonly upcast?: Upcasts;
  /** @defaultValue 'normal' */
  readonly priority?: Priority;
}

/** Defines one event; the type of its data comes from any schema that follows Standard Schema (zod, valibot, arktype). */
export function event<S extends StandardSchemaV1>(
  schema: S,
  options: EventOptions<StandardSchemaV1.InferOutput<S>> = {},
): EventDefinition<StandardSchemaV1.InferOutput<S>> {
  const { version } = checkOptions(
    'event',
    options,
    {
      optional: {
        key: callable,
        version: wholeNumber({ min: 1 }),
        upcast: objectWith('steps by version'),
        priority: oneOf('high', 'normal', 'low'),
      },
    },
    { version: 1 },
  );
  const { key, upcast, priority } = options;
  checkSteps(version, upcast);
  return {
    schema: schema as unknown as StandardSchemaV1<unknown, StandardSchemaV1.InferOutput<S>>,
    version,
    ...(key && { key }),
    ...(upcast && { upcast: Object.freeze({ ...upcast }) }),
    ...(priority && { priority }),
  };
}

function checkSteps(version: number, upcast: Upcasts | undefined): void {
  for (const [from, step] of Object.entries(upcast ?? {})) {
    const path = `event.upcast[${from}]`;
    if (!/^[1-9]\d*$/.test(from) || Number(from) >= version)
      throw coreError('INVALID_OPTIONS', { path, problem: `must begin with a version before ${version}` });
    if (typeof step !== 'function') throw coreError('INVALID_OPTIONS', { path, problem: 'must be a function' });
  }
}

/** The events an application knows, by type. */
// biome-ignore lint/suspicious/noExplicitAny: the data of a definition is both read and given, so only `any` accepts them all
export type EventCatalogue = Readonly<Record<string, EventDefinition<any>>>;

/**
 * Names the events an application knows. Types are dotted lower-case words: `document.analysis.completed`.
 * @throws INVALID_OPTIONS for a type that a pattern could not name.
 */
export function defineEvents<const C extends EventCatalogue>(events: C): C {
  for (const [type, definition] of Object.entries(events)) {
    if (!/^[a-z\d_-]+(\.[a-z\d_-]+)*$/.test(type)) {
      throw coreError('INVALID_OPTIONS', {
        path: `events['${type}']`,
        problem: 'must be dotted lower-case words, such as document.uploaded',
      });
    }
    if (typeof definition?.schema?.['~standard']?.validate !== 'function') {
      throw coreError('INVALID_OPTIONS', { path: `events['${type}']`, problem: 'must be made with event(schema)' });
    }
  }
  return Object.freeze(events);
}

export type EventType<C> = keyof C & string;

/** The data of the events of `C` that have the type `T`. */
export type DataOf<C, T extends EventType<C>> = C[T] extends EventDefinition<infer D> ? D : never;

/** The event of type or pattern `P`: a union over all types the pattern matches, told apart by `type`. */
export type EventOf<C, P extends EventPattern<C>> = { [T in MatchingTypes<C, P>]: CloudEvent<T, DataOf<C, T>> }[MatchingTypes<C, P>];

/** The types of `C` that match the pattern `P`; `never` when there are none. */
export type MatchingTypes<C, P extends string> = { [T in EventType<C>]: Matches<T, P> extends true ? T : never }[EventType<C>];

type Matches<T extends string, P extends string> = P extends '**'
  ? true
  : P extends `${infer PHead}.${infer PRest}`
    ? T extends `${infer THead}.${infer TRest}`
      ? PHead extends '*' | THead
        ? Matches<TRest, PRest>
        : false
      : false
    : T extends `${string}.${string}`
      ? false
      : P extends '*' | T
        ? true
        : false;

type Prefixes<T extends string> = T extends `${infer Head}.${infer Rest}` ? Head | `${Head}.${Prefixes<Rest>}` : never;

/**
 * What a subscription may name: a type; `*` for exactly one segment; `**` at the end for one or more.
 * Patterns under a known prefix are offered by the editor; whether one matches anything is checked by {@link MatchingTypes}.
 */
export type EventPattern<C> = EventType<C> | '**' | `${Prefixes<EventType<C>>}.**` | `${Prefixes<EventType<C>>}.*` | `${string}*${string}`;
