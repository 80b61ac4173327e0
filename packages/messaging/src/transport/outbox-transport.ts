import type { Statement } from '@tutti/core';
import type { EncodedEvent } from './encoded-event.ts';
import type { EventTransport, Feed, SubscriptionRequest } from './event-transport.ts';

/** A transport whose store also takes other writes, so that an event and the change it tells of are one commit. */
export interface OutboxTransport extends EventTransport {
  readonly capabilities: EventTransport['capabilities'] & { readonly outbox: true };
  /**
   * The statements that store these events, to be put into any write set of the same database. They are stored if and
   * only if that set is, and are delivered like appended ones (EV-17). Events that are already there are dropped, which
   * refuses nothing.
   */
  outbox(batch: readonly EncodedEvent[]): readonly Statement[];

  open(subscription: SubscriptionRequest): Promise<OutboxFeed>;
}

/** A feed that can acknowledge a delivery and write its effect in one commit. */
export interface OutboxFeed extends Feed {
  /**
   * Acknowledges a delivery and writes the statements, both or neither: so the effect happens exactly once (EV-25). False, and nothing was
   * written, when the receipt no longer names a delivery.
   * @throws WRITE_CONFLICT of the statements' own; nothing was written, and the delivery is still held.
   */
  commit(receipt: string, statements: readonly Statement[]): Promise<boolean>;
}

export function isOutboxTransport(transport: EventTransport): transport is OutboxTransport {
  return transport.capabilities.outbox;
}
