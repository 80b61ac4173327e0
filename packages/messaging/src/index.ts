export { type MemoryTransport, type MemoryTransportOptions, memoryRetentionDefaults, memoryTransport } from './adapters/memory.ts';
export type { Retention } from './adapters/retention.ts';
export { EventBus, type OutgoingEvent } from './bus/event-bus.ts';
export {
  type BusDraft,
  type DraftOf,
  type EventBusOptions,
  eventBusDefaults,
  type SubscribeOptions,
  subscribeDefaults,
} from './bus/event-bus-options.ts';
export type { HandlerOf, Matching, Subscription } from './bus/subscription.ts';
export { type MessagingErrors, messagingErrors } from './errors.ts';
export { type Inbox, isTransactional, type TransactionalInbox } from './inbox/inbox.ts';
export type { InboxLimits } from './inbox/inbox-limits.ts';
export { type MemoryInboxOptions, memoryInbox, memoryInboxDefaults } from './inbox/memory-inbox.ts';
export { compilePattern, type TypeMatcher } from './pattern/event-pattern.ts';
export type { DeadLetter, DeadLetterQuery, DeadLetters, DeadReason, Failure } from './transport/dead-letters.ts';
export type { Durability, DurabilityWarning } from './transport/durability.ts';
export { decodeEvent, type EncodedEvent, encodeEvent } from './transport/encoded-event.ts';
export type {
  Delivery,
  EventTransport,
  EventTransportCapabilities,
  Feed,
  InboxWindow,
  Outcome,
  SubscriptionRequest,
  SubscriptionStats,
} from './transport/event-transport.ts';
export { isOutboxTransport, type OutboxFeed, type OutboxTransport } from './transport/outbox-transport.ts';
