import {
  type Duration,
  duration,
  type EventPublisher,
  type EventSubscriber,
  flag,
  listOf,
  type OptionRules,
  objectWith,
  type Runtime,
  type Statement,
  wholeNumber,
} from '@tutti/core';
import type { AnySaga } from '../definition/saga-definition.ts';
import type { PayloadCodec } from '../engine/payload-codec.ts';
import type { SagaStore } from '../store/saga-store.ts';

/** The part of a bus that sagas use: an `EventBus` of the kit, or anything of this shape. */
export interface SagaBus extends EventPublisher, EventSubscriber {
  /** An event as statements of the database that the bus stores in. Only asked for with `sharedDatabase`. */
  outbox?(
    draft: Parameters<EventPublisher['publish']>[0],
    call?: Parameters<EventPublisher['publish']>[1],
  ): Promise<{
    readonly statements: readonly Statement[];
  }>;
}

export interface SagaOrchestratorOptions<S extends readonly AnySaga[]> {
  readonly store: SagaStore;
  readonly sagas: S;
  /** Where steps publish to, and events that start sagas come from. Its life is the host's: started before, stopped after. */
  readonly bus?: SagaBus;
  /** Bus and store keep their things in one database: events are stored for the bus by the same commit as their checkpoint, instead of going through the outbox of the store. @defaultValue false */
  readonly sharedDatabase?: boolean;
  /** Publishes what happens to sagas themselves: the events of `sagaEvents`, which the catalogue of the bus must have. @defaultValue false */
  readonly announce?: boolean;
  /** Writes inputs and results as text, for example encrypted. All workers of a store must have the same. @defaultValue jsonCodec */
  readonly codec?: PayloadCodec;
  /** How long a saga stays with a worker that went silent. @defaultValue '15s' */
  readonly lease?: Duration;
  /** How many sagas this process carries on at once. @defaultValue 64 */
  readonly concurrency?: number;
  /** How often to look for work that nobody told of. @defaultValue '1s' */
  readonly scan?: Duration;
  /** How long stopping waits for running sagas before their steps are cut off. @defaultValue '5s' */
  readonly drainTimeout?: Duration;
  /** How long sagas that are over are kept, and with them their ids, which a start under the same id is compared with. @defaultValue '30d' */
  readonly keep?: Duration;
  /** For tests: gives each saga back after every outcome and claims it again, so that nothing but the store is remembered. @defaultValue false */
  readonly amnesia?: boolean;
  readonly runtime?: Runtime;
}

export const sagaOrchestratorDefaults = {
  lease: '15s',
  concurrency: 64,
  scan: '1s',
  drainTimeout: '5s',
  keep: '30d',
  sharedDatabase: false,
  announce: false,
  amnesia: false,
} as const;

export const orchestratorRules: OptionRules<SagaOrchestratorOptions<readonly AnySaga[]>> = {
  required: {
    store: objectWith('a SagaStore', 'create', 'claim', 'checkpoint', 'renew', 'desk', 'outbox'),
    sagas: listOf(objectWith('a saga made by defineSaga', 'nodes', 'fingerprint', 'settings')),
  },
  optional: {
    bus: objectWith('an EventBus', 'publish', 'subscribe'),
    sharedDatabase: flag,
    announce: flag,
    amnesia: flag,
    codec: objectWith('a PayloadCodec', 'encode', 'decode'),
    lease: duration,
    concurrency: wholeNumber({ min: 1 }),
    scan: duration,
    drainTimeout: duration,
    keep: duration,
    runtime: objectWith('a Runtime', 'clock'),
  },
};
