import type { Runtime } from '@tutti/core';
import type { DeadLetters, DeadReason, Failure } from './dead-letters.ts';
import type { EncodedEvent } from './encoded-event.ts';

/** What a transport can do beyond the contract. Stated, never guessed from its name. */
export type EventTransportCapabilities = {
  /** Everything that is stored outlives all processes (EV-20). */
  readonly durable: boolean;
  /** First deliveries of a subscription come in the order in which events were stored (EV-12). */
  readonly ordered: boolean;
  /** A new subscription can begin with what was stored before it (EV-6). */
  readonly history: boolean;
  /** Events can be written by the caller's own transaction: the transport is an {@link OutboxTransport} (EV-17). */
  readonly outbox: boolean;
};

/**
 * Where events are stored and handed out. The bus makes envelopes, validates, retries and logs; a transport only keeps
 * what it is told. One transport serves one bus, and everything speaks in batches.
 *
 * A subscription is a group and a pattern. It is durable: it begins with the first `open` and lasts until it is
 * forgotten, whether or not a member is there (EV-5). Each subscription is given each matching event, and inside it
 * one member is (EV-3, EV-4). An event of several subscriptions of one group goes to each of them.
 */
export interface EventTransport {
  readonly name: string;
  readonly capabilities: EventTransportCapabilities;
  /** What was given up, of all subscriptions of the store. */
  readonly deadLetters: DeadLetters;

  /** Called before anything else, and again after `close`. Leases and delays follow `runtime`'s clock where the store has none of its own. */
  connect(runtime: Runtime): Promise<void>;

  /**
   * Ends every feed and leaves nothing open; `append` and `open` reject with NOT_RUNNING from then on. Accepts a transport
   * that never connected or did so half-way; idempotent (EV-14).
   */
  close(): Promise<void>;

  /**
   * Resolves after all of the batch is stored, in its order, before that of any later call (EV-1). The result says for
   * each event whether one with its `source` and `id` was already there; a duplicate is dropped (EV-2). When it rejects,
   * any part may have been stored: appending the same again is safe.
   */
  append(batch: readonly EncodedEvent[]): Promise<readonly boolean[]>;

  /**
   * Becomes a member. Resolves when the subscription exists: from then on it misses no event, members or not (EV-5).
   * `from` counts only for a subscription that is new: `now` begins with the next event, `beginning` with the oldest kept (EV-6).
   */
  open(subscription: SubscriptionRequest): Promise<Feed>;

  /** Ends a subscription for all members and drops what waits for it, so that it holds no event any longer (EV-15). */
  forget(group: string, pattern: string): Promise<void>;
}

export interface SubscriptionRequest {
  readonly group: string;
  /** A type; `*` for one segment; `**` at the end for one or more (EV-13). */
  readonly pattern: string;
  readonly from: 'now' | 'beginning';
  /** How long a delivery belongs to its member without a word from it. */
  readonly leaseMs: number;
}

/** One member's share of a subscription. */
export interface Feed {
  /**
   * Takes at most `max` deliveries: those that are due again, then new ones. Resolves as soon as there is one, with none
   * after `waitMs` (0: at once), when `signal` is aborted, or when the feed is closed (EV-18). Each delivery is leased to this member; when the
   * lease runs out unsettled, the next member to ask gets it, with `attempt` one higher and a new receipt (EV-9).
   */
  receive(max: number, waitMs: number, signal: AbortSignal): Promise<readonly Delivery[]>;

  /**
   * Applies outcomes in one write. False where the receipt no longer names a delivery: settled, taken over or forgotten.
   * Nothing was done for those, so a member that came back from the dead changes nothing (EV-10).
   */
  settle(outcomes: readonly Outcome[]): Promise<readonly boolean[]>;

  /** Releases what this member still holds; others get it at once (EV-11). Later calls do nothing and give nothing. Idempotent. */
  close(): Promise<void>;
}

export interface Delivery {
  /** Names this delivery to this member; worthless after it was settled. */
  readonly receipt: string;
  /** From 1. Counts every delivery but those that were released. */
  readonly attempt: number;
  /** A copy of its own (EV-19), as read back and not validated; the text itself when it is no JSON. */
  readonly event: unknown;
}

/** What became of a delivery. */
export type Outcome =
  | { readonly kind: 'ack'; readonly receipt: string }
  /** Due again after `delayMs`, by whichever member; kept by the store, not by the member (EV-7). */
  | { readonly kind: 'retry'; readonly receipt: string; readonly delayMs: number }
  /** Given up: moved to the dead letters in the same write (EV-8). */
  | { readonly kind: 'dead'; readonly receipt: string; readonly reason: DeadReason; readonly failure: Failure }
  /** Still at work: the lease begins anew. */
  | { readonly kind: 'extend'; readonly receipt: string }
  /** Not handled at all: due again at once, and the attempt does not count. */
  | { readonly kind: 'release'; readonly receipt: string };
