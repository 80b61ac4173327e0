export {
  type MemoryTransport,
  type MemoryTransportOptions,
  memoryRetentionDefaults,
  memoryTransport,
  memoryTransportDefaults,
} from './adapters/memory.ts';
export { type MemoryInboxOptions, memoryInbox, memoryInboxDefaults } from './adapters/memory-inbox.ts';
export type { Retention } from './adapters/retention.ts';
export type { SubscriptionCounts } from './bus/bus-counts.ts';
export type { DeadLetterDesk, DeadLetterListing, DeskReport, DiscardOptions, ReplayOptions } from './bus/dead-letter-desk.ts';
export type { DeadLetterSelection } from './bus/dead-letter-selection.ts';
export { EventBus, type OutgoingEvent } from './bus/event-bus.ts';
export { type BusDraft, type DraftOf, type EventBusOptions, eventBusDefaults } from './bus/event-bus-options.ts';
export type { EventDelivery } from './bus/event-delivery.ts';
export { mayMend } from './bus/failure.ts';
export { type PublishingOptions, publishingDefaults } from './bus/publishing-options.ts';
export { type SubscribeOptions, subscribeDefaults } from './bus/subscribe-options.ts';
export type { HandlerOf, Matching, Subscription } from './bus/subscription.ts';
export { type MessagingErrors, messagingErrors } from './errors.ts';
export type { FilterOperators, FilterTest } from './filter/compile-filter.ts';
export type { EventFilter } from './filter/event-filter.ts';
export { type Inbox, isTransactional, type TransactionalInbox } from './inbox/inbox.ts';
export type { InboxLimits } from './inbox/inbox-limits.ts';
export { compilePattern, type TypeMatcher } from './pattern/event-pattern.ts';
export type { DeadLetter, DeadLetterQuery, DeadLetters, DeadReason, Failure } from './transport/dead-letters.ts';
export {
  type DirectDelivery,
  type DirectFeed,
  type DirectOutcome,
  type DirectReceiver,
  type DirectTransport,
  isDirectTransport,
} from './transport/direct-transport.ts';
export { decodeEvent, type EncodedEvent, encodeEvent, type OwnEvent } from './transport/encoded-event.ts';
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
