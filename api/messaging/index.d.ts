// @tutti/messaging

import { AnyLayer, Backoff, Call, CloudEvent, Component, ComponentState, DataOf, Duration, ErrorSpec, EventCatalogue, EventDraft, EventOf, EventPattern, EventType, Health, Inspectable, InspectableAction, InspectableResource, MatchingTypes, Page, Published, Runtime, Statement } from '@tutti/core';

export interface BusDraft<T extends string = string, D = unknown> extends EventDraft<T, D> {
  readonly causationId?: string;
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

export interface DeadLetterQuery {
  readonly group?: string;
  readonly limit: number;
  readonly after?: string;
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

export type DraftOf<C extends EventCatalogue> = {
  readonly [T in EventType<C>]: BusDraft<T, DataOf<C, T>>;
}[EventType<C>];

export interface Durability {
  readonly published: string;
  readonly warnings: readonly DurabilityWarning[];
}

export interface DurabilityWarning {
  readonly name: string;
  readonly message: string;
}

export interface EncodedEvent {
  readonly event: CloudEvent;
  readonly json: string;
  readonly fresh: boolean;
}

export declare class EventBus<C extends EventCatalogue> implements Component, Inspectable {
  #private;
  readonly name: string;
  readonly feature = "messaging";
  readonly on: Component['on'];
  constructor(options: EventBusOptions<C>);
  get state(): ComponentState;
  get deadLetters(): DeadLetters;
  start(): Promise<void>;
  stop(): Promise<void>;
  health(): Promise<Health>;
  [Symbol.asyncDispose](): Promise<void>;
  publish(draft: DraftOf<C>, call?: Call): Promise<Published>;
  outbox(draft: DraftOf<C>, call?: Call): Promise<OutgoingEvent>;
  subscribe<const P extends EventPattern<C>>(pattern: P & Matching<C, P>, handler: HandlerOf<C, P>, group: string, options?: SubscribeOptions): Subscription;
  forget(pattern: string, group: string): Promise<void>;
  resources(): readonly InspectableResource[];
  actions(): readonly InspectableAction[];
}

export interface EventBusOptions<C extends EventCatalogue> {
  readonly events: C;
  readonly transport: EventTransport;
  readonly name?: string;
  readonly drainTimeout?: Duration;
  readonly runtime?: Runtime;
}

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

export type HandlerOf<C extends EventCatalogue, P extends EventPattern<C>> = (event: EventOf<C, P>, call: Call) => Promise<void> | void;

export interface Inbox {
  readonly name: string;
  readonly durable: boolean;
  readonly transactional: boolean;
  connect(runtime: Runtime): Promise<void>;
  close(): Promise<void>;
  handled(subscription: string, identities: readonly string[]): Promise<readonly boolean[]>;
  remember(subscription: string, identities: readonly string[]): Promise<void>;
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

export interface MemoryTransport extends EventTransport {
  join(): MemoryTransport;
}

export interface MemoryTransportOptions {
  readonly retention?: Retention;
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

export interface Retention {
  readonly maxEvents?: number;
  readonly maxAge?: Duration;
}

export interface SubscribeOptions {
  readonly from?: 'now' | 'beginning';
  readonly concurrency?: number;
  readonly maxAttempts?: number;
  readonly backoff?: Backoff;
  readonly lease?: Duration;
  readonly layers?: readonly AnyLayer[];
}

export interface Subscription {
  readonly group: string;
  readonly pattern: string;
  ready(): Promise<void>;
  stop(): Promise<void>;
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

export declare function isOutboxTransport(transport: EventTransport): transport is OutboxTransport;

export declare function isTransactional(inbox: Inbox): inbox is TransactionalInbox;

export declare const memoryRetentionDefaults: {
  readonly maxEvents: 10000;
  readonly maxAge: "1h";
};

export declare function memoryTransport(options?: MemoryTransportOptions): MemoryTransport;

export declare const messagingErrors: MessagingErrors;

export declare const subscribeDefaults: {
  readonly from: "now";
  readonly concurrency: 16;
  readonly maxAttempts: 5;
  readonly lease: "15s";
};
