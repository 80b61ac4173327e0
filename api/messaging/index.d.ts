// @tutti/messaging

import { AnyLayer, Backoff, Call, CloudEvent, Component, ComponentState, DataOf, Durability, Duration, ErrorSpec, EventCatalogue, EventDraft, EventOf, EventPattern, EventType, Health, Inspectable, InspectableAction, InspectableResource, MatchingTypes, Page, Priority, Published, Runtime, Statement, TenantScope } from '@tutti/core';

export interface BusDraft<T extends string = string, D = unknown> extends EventDraft<T, D> {
  readonly causationId?: string;
  readonly priority?: Priority;
}

export interface DeadLetter {
  readonly id: string;
  readonly group: string;
  readonly pattern: string;
  readonly reason: DeadReason;
  readonly failure: Failure;
  readonly attempts: number;
  readonly firstFailedAt: string;
  readonly lastFailedAt: string;
  readonly event: unknown;
}

export declare class DeadLetterDesk {
  #private;
  constructor(letters: () => DeadLetters, runtime: Runtime);
  list(listing: DeadLetterListing): Promise<Page<DeadLetter>>;
  inspect(id: string, { tenant }: Pick<DeadLetterSelection, 'tenant'>): Promise<DeadLetter | undefined>;
  replay(selection: DeadLetterSelection, options?: ReplayOptions): Promise<DeskReport>;
  discard(selection: DeadLetterSelection, options?: DiscardOptions): Promise<DeskReport>;
}

export interface DeadLetterListing extends DeadLetterSelection {
  readonly limit?: number;
  readonly after?: string;
}

export interface DeadLetterQuery {
  readonly group?: string;
  readonly limit: number;
  readonly after?: string;
}

export interface DeadLetterSelection {
  readonly tenant: TenantScope;
  readonly ids?: readonly string[];
  readonly group?: string;
  readonly pattern?: string;
  readonly type?: string;
  readonly source?: string;
  readonly subject?: string;
  readonly reason?: DeadReason;
  readonly code?: string;
  readonly since?: string;
  readonly until?: string;
}

export interface DeadLetters {
  list(query: DeadLetterQuery): Promise<Page<DeadLetter>>;
  replay(ids: readonly string[]): Promise<number>;
  discard(ids: readonly string[]): Promise<number>;
}

export type DeadReason = 'attempts' | 'final' | 'schema' | 'unknown-type' | 'version' | 'no-outcome';

export interface Delivery {
  readonly receipt: string;
  readonly attempt: number;
  readonly event: unknown;
  readonly handled: boolean;
  readonly takenOver: boolean;
  readonly replayedFrom: string | undefined;
}

export interface DeskReport {
  readonly matched: number;
  readonly done: number;
}

export interface DirectDelivery {
  readonly attempt: number;
  readonly handled: boolean;
  readonly replayedFrom: string | undefined;
  readonly stored: CloudEvent | string;
  readonly checkedBy: object | undefined;
}

export interface DirectFeed extends Feed {
  attach(receiver: DirectReceiver): void;
  settleNow(delivery: DirectDelivery, outcome: DirectOutcome): boolean;
  resume(): void;
}

export type DirectOutcome = Outcome extends infer O ? (O extends Outcome ? Omit<O, 'receipt'> : never) : never;

export interface DirectReceiver {
  readonly holding: Iterable<DirectDelivery>;
  give(delivery: DirectDelivery): boolean;
}

export interface DirectTransport extends EventTransport {
  readonly capabilities: EventTransport['capabilities'] & {
    readonly direct: true;
  };
  appendNow(encoded: OwnEvent): boolean;
  open(subscription: SubscriptionRequest): Promise<DirectFeed>;
}

export type DiscardOptions = Pick<ReplayOptions, 'dryRun' | 'limit'>;

export type DraftOf<C extends EventCatalogue> = {
  readonly [T in EventType<C>]: BusDraft<T, DataOf<C, T>>;
}[EventType<C>];

export interface EncodedEvent {
  readonly event: CloudEvent;
  readonly json: string;
  readonly fresh: boolean;
  readonly checkedBy?: object | undefined;
}

export declare class EventBus<C extends EventCatalogue> implements Component, Inspectable {
  #private;
  readonly name: string;
  readonly feature = "messaging";
  readonly on: Component['on'];
  readonly deadLetters: DeadLetterDesk;
  constructor(options: EventBusOptions<C>);
  get state(): ComponentState;
  start(): Promise<void>;
  stop(): Promise<void>;
  health(): Promise<Health>;
  [Symbol.asyncDispose](): Promise<void>;
  publish(draft: DraftOf<C>, call?: Call): Promise<Published>;
  outbox(draft: DraftOf<C>, call?: Call): Promise<OutgoingEvent>;
  subscribe<const P extends EventPattern<C>>(pattern: P & Matching<C, P>, handler: HandlerOf<C, P>, group: string, options?: SubscribeOptions<EventOf<C, P>>): Subscription;
  forget(pattern: string, group: string): Promise<void>;
  stats(): Promise<readonly SubscriptionStats[]>;
  durability(): Durability;
  resources(): readonly InspectableResource[];
  actions(): readonly InspectableAction[];
}

export interface EventBusOptions<C extends EventCatalogue> {
  readonly events: C;
  readonly transport: EventTransport;
  readonly inbox?: Inbox;
  readonly publishing?: PublishingOptions;
  readonly name?: string;
  readonly drainTimeout?: Duration;
  readonly runtime?: Runtime;
}

export interface EventDelivery {
  readonly attempt: number;
  readonly replayedFrom: string | undefined;
  commit(statements: readonly Statement[]): Promise<void>;
}

export type EventFilter<E extends CloudEvent = CloudEvent> = FilterTests<E> | ((event: E) => boolean);

export interface EventTransport {
  readonly name: string;
  readonly capabilities: EventTransportCapabilities;
  readonly deadLetters: DeadLetters;
  connect(runtime: Runtime): Promise<Durability>;
  close(): Promise<void>;
  append(batch: readonly EncodedEvent[]): Promise<readonly boolean[]>;
  open(subscription: SubscriptionRequest): Promise<Feed>;
  forget(group: string, pattern: string): Promise<void>;
  stats(): Promise<readonly SubscriptionStats[]>;
}

export type EventTransportCapabilities = {
  readonly durable: boolean;
  readonly ordered: boolean;
  readonly keyOrder: boolean;
  readonly priority: boolean;
  readonly history: boolean;
  readonly deduplication: boolean;
  readonly inbox: boolean;
  readonly outbox: boolean;
  readonly remote: boolean;
  readonly direct: boolean;
};

export interface Failure {
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
}

export interface Feed {
  receive(max: number, waitMs: number, signal: AbortSignal): Promise<readonly Delivery[]>;
  settle(outcomes: readonly Outcome[]): Promise<readonly boolean[]>;
  close(): Promise<void>;
}

export interface FilterOperators {
  readonly gt?: number | string;
  readonly gte?: number | string;
  readonly lt?: number | string;
  readonly lte?: number | string;
  readonly not?: Scalar | readonly Scalar[];
  readonly exists?: boolean;
  readonly startsWith?: string;
}

export type FilterTest = Scalar | readonly Scalar[] | FilterOperators;

export type HandlerOf<C extends EventCatalogue, P extends EventPattern<C>> = (event: EventOf<C, P>, call: Call, delivery: EventDelivery) => Promise<void> | void;

export interface Inbox {
  readonly name: string;
  readonly durable: boolean;
  readonly transactional: boolean;
  connect(runtime: Runtime): Promise<void>;
  close(): Promise<void>;
  handled(subscription: string, identities: readonly string[]): Promise<readonly boolean[]>;
  remember(subscription: string, identities: readonly string[]): Promise<void>;
}

export interface InboxLimits {
  readonly maxEvents?: number;
  readonly maxAge?: Duration;
}

export interface InboxWindow {
  readonly maxAgeMs: number;
  readonly maxEvents: number;
}

export type Matching<C, P extends string> = [
  MatchingTypes<C, P>
] extends [
  never
] ? {
  readonly 'no event of the catalogue matches': P;
} : unknown;

export type MemoryInboxOptions = InboxLimits;

export interface MemoryTransport extends DirectTransport {
  join(): MemoryTransport;
}

export interface MemoryTransportOptions {
  readonly retention?: Retention;
  readonly maxWaiting?: number;
}

export interface MessagingErrors {
  readonly MESSAGING_UNKNOWN_TYPE: ErrorSpec<{
    type: string;
  }>;
  readonly MESSAGING_BAD_ENVELOPE: ErrorSpec<{
    problem: string;
  }>;
  readonly MESSAGING_LEASE_LOST: ErrorSpec<{
    group: string;
    pattern: string;
  }>;
  readonly MESSAGING_NO_OUTCOME: ErrorSpec<{
    attempts: number;
  }>;
  readonly MESSAGING_BACKPRESSURE: ErrorSpec<{
    bus: string;
    problem: string;
  }>;
  readonly MESSAGING_SUBSCRIPTION_MISMATCH: ErrorSpec<{
    group: string;
    pattern: string;
    problem: string;
  }>;
  readonly MESSAGING_NO_UPCASTER: ErrorSpec<{
    type: string;
    version: number;
    wanted: number;
  }>;
  readonly MESSAGING_ALREADY_HANDLED: ErrorSpec<{
    group: string;
    pattern: string;
    identity: string;
  }>;
}

export interface OutboxFeed extends Feed {
  commit(receipt: string, statements: readonly Statement[]): Promise<boolean>;
}

export interface OutboxTransport extends EventTransport {
  readonly capabilities: EventTransport['capabilities'] & {
    readonly outbox: true;
  };
  outbox(batch: readonly EncodedEvent[]): readonly Statement[];
  open(subscription: SubscriptionRequest): Promise<OutboxFeed>;
}

export type Outcome = {
  readonly kind: 'ack';
  readonly receipt: string;
} | {
  readonly kind: 'retry';
  readonly receipt: string;
  readonly delayMs: number;
} | {
  readonly kind: 'dead';
  readonly receipt: string;
  readonly reason: DeadReason;
  readonly failure: Failure;
  readonly attempts?: number;
} | {
  readonly kind: 'extend';
  readonly receipt: string;
} | {
  readonly kind: 'release';
  readonly receipt: string;
};

export interface OutgoingEvent {
  readonly id: string;
  readonly statements: readonly Statement[];
}

export declare class OwnEvent implements EncodedEvent {
  readonly event: CloudEvent;
  readonly fresh: boolean;
  readonly checkedBy: object | undefined;
  readonly epochMs: number;
  waiting: number;
  seq: number;
  constructor(event: CloudEvent, fresh: boolean, checkedBy: object | undefined, epochMs: number);
  get json(): string;
}

export interface PublishingOptions {
  readonly maxInFlight?: number;
  readonly whenFull?: 'reject' | 'wait';
  readonly whenAway?: 'reject' | 'wait';
}

export interface ReplayOptions {
  readonly dryRun?: boolean;
  readonly perSecond?: number;
  readonly limit?: number;
}

export interface Retention {
  readonly maxEvents?: number;
  readonly maxAge?: Duration;
}

export interface SubscribeOptions<E extends CloudEvent = CloudEvent> {
  readonly from?: 'now' | 'beginning';
  readonly concurrency?: number;
  readonly ordered?: boolean;
  readonly filter?: EventFilter<E>;
  readonly maxAttempts?: number;
  readonly immediateAttempts?: number;
  readonly backoff?: Backoff;
  readonly retryIf?: (error: unknown) => boolean;
  readonly lease?: Duration;
  readonly inbox?: boolean | Inbox;
  readonly inboxMaxAge?: Duration;
  readonly inboxMaxEvents?: number;
  readonly layers?: readonly AnyLayer[];
}

export interface Subscription {
  readonly group: string;
  readonly pattern: string;
  ready(): Promise<void>;
  stop(): Promise<void>;
}

export interface SubscriptionCounts {
  readonly handled: number;
  readonly failed: number;
  readonly retried: number;
  readonly deadLettered: number;
  readonly duplicates: number;
  readonly filtered: number;
  readonly takenOver: number;
  readonly refused: number;
}

export interface SubscriptionRequest {
  readonly group: string;
  readonly pattern: string;
  readonly from: 'now' | 'beginning';
  readonly leaseMs: number;
  readonly ordered: boolean;
  readonly inbox: InboxWindow | undefined;
}

export interface SubscriptionStats {
  readonly group: string;
  readonly pattern: string;
  readonly waiting: number;
  readonly running: number;
  readonly delayed: number;
  readonly deadLetters: number;
  readonly oldestAgeMs: number;
}

export interface TransactionalInbox extends Inbox {
  readonly transactional: true;
  commit(subscription: string, identity: string, statements: readonly Statement[]): Promise<boolean>;
}

export type TypeMatcher = (type: string) => boolean;

export declare function compilePattern(pattern: string): TypeMatcher;

export declare function decodeEvent(json: string): unknown;

export declare function encodeEvent(event: CloudEvent, { fresh }?: {
  readonly fresh?: boolean;
}): EncodedEvent;

export declare const eventBusDefaults: {
  readonly name: "event bus";
  readonly drainTimeout: "10s";
};

export declare function isDirectTransport(transport: EventTransport): transport is DirectTransport;

export declare function isOutboxTransport(transport: EventTransport): transport is OutboxTransport;

export declare function isTransactional(inbox: Inbox): inbox is TransactionalInbox;

export declare function mayMend(error: unknown): boolean;

export declare function memoryInbox(options?: MemoryInboxOptions): Inbox;

export declare const memoryInboxDefaults: {
  readonly maxEvents: 10000;
  readonly maxAge: "1h";
};

export declare const memoryRetentionDefaults: {
  readonly maxEvents: 1000;
  readonly maxAge: "1h";
};

export declare function memoryTransport(options?: MemoryTransportOptions): MemoryTransport;

export declare const memoryTransportDefaults: {
  readonly maxWaiting: 10000;
};

export declare const messagingErrors: MessagingErrors;

export declare const publishingDefaults: {
  readonly maxInFlight: 10000;
  readonly whenFull: "reject";
  readonly whenAway: "reject";
};

export declare const subscribeDefaults: {
  readonly from: "now";
  readonly concurrency: 16;
  readonly ordered: false;
  readonly maxAttempts: 5;
  readonly immediateAttempts: 1;
  readonly lease: "15s";
  readonly inboxMaxAge: "1d";
  readonly inboxMaxEvents: 100000;
};

// not exported, but part of what is

type Below<V, K extends string, Left extends readonly unknown[]> = Left extends readonly [
  unknown,
  ...infer Fewer
] ? `${K}.${PathOf<V, Fewer>}` : never;

type Bound<S> = (S extends string ? string : never) | (S extends number ? number : never);

type Closed = Scalar$1 | undefined | bigint | symbol | Date | readonly unknown[] | ((...args: never) => unknown);

type FilterTests<E> = {
  readonly [P in PathOf<E>]?: TestOf<ValueAt<E, P>>;
};

type Known<V> = unknown extends V ? Scalar$1 : V;

type Operators<S> = {
  readonly not?: S | readonly S[];
  readonly exists?: boolean;
} & ([
  Bound<S>
] extends [
  never
] ? unknown : {
  readonly [Name in 'gt' | 'gte' | 'lt' | 'lte']?: Bound<S>;
}) & ([
  Extract<S, string>
] extends [
  never
] ? unknown : {
  readonly startsWith?: string;
});

type PathOf<T, Left extends readonly unknown[] = [
  1,
  1,
  1,
  1
]> = unknown extends T ? string : T extends Closed ? never : {
  [K in keyof T & string]-?: K extends Unnamed ? never : K | Below<T[K], K, Left>;
}[keyof T & string];

type Scalar = string | number | boolean | null;

type Scalar$1 = string | number | boolean | null;

type TestOf<V> = [
  Extract<V, Scalar$1>
] extends [
  never
] ? {
  readonly exists: boolean;
} : Extract<V, Scalar$1> | readonly Extract<V, Scalar$1>[] | Operators<Extract<V, Scalar$1>>;

type Unnamed = '' | '__proto__' | 'constructor' | 'prototype' | `${string}.${string}`;

type ValueAt<T, P extends string> = unknown extends T ? Scalar$1 : T extends Closed ? never : P extends keyof T ? Known<T[P]> : P extends `${infer Head}.${infer Rest}` ? Head extends keyof T ? ValueAt<T[Head], Rest> : never : never;
