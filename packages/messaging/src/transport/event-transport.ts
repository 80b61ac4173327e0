import type { Durability, Runtime } from '@tutti/core';
import type { DeadLetters, DeadReason, Failure } from './dead-letters.ts';
import type { EncodedEvent } from './encoded-event.ts';

/** What a transport can do beyond the contract. Stated, never guessed from its name. */
export type EventTransportCapabilities = {
  /** Everything that is stored outlives all processes (EV-20). */
  readonly durable: boolean;
  /** First deliveries of a subscription come in the order in which events of one priority were stored (EV-12). */
  readonly ordered: boolean;
  /** Subscriptions can keep the order of each key among all their members (EV-22, EV-23). */
  readonly keyOrder: boolean;
  /** What waits is handed out by priority (EV-24). */
  readonly priority: boolean;
  /** A new subscription can begin with what was stored before it (EV-6). */
  readonly history: boolean;
  /** `append` knows what it stored before, within its retention (EV-2). */
  readonly deduplication: boolean;
  /** Subscriptions can remember whose events they acknowledged (EV-21). */
  readonly inbox: boolean;
  /** The store takes other writes into the same commit: the transport is an `OutboxTransport` (EV-17, EV-25). */
  readonly outbox: boolean;
  /** The store is reached over a network, and can be away while the process lives (EV-29). */
  readonly remote: boolean;
  /** The store is in this very process: the transport is a `DirectTransport`. */
  readonly direct: boolean;
};

/**
 * Where events are stored and handed out. The bus makes envelopes, validates, retries and logs; a transport only keeps
 * what it is told. One transport serves one bus, and everything speaks in batches.
 *
 * A subscription is a group and a pattern. It is durable: it begins with the first `open` and lasts until it is
 * forgotten, whether or not a member is there (EV-5). Each subscription is given each matching event, and inside it
 * one member is (EV-3, EV-4). An event of several subscriptions of one group goes to each of them.
 *
 * A store that is away makes methods reject with STORE_UNAVAILABLE, at the latest after a few seconds, and is looked for
 * by the transport, for ever: when it is back everything goes on with the same objects (EV-29).
 */
export interface EventTransport {
  readonly name: string;
  readonly capabilities: EventTransportCapabilities;
  /** What was given up, of all subscriptions of the store. */
  readonly deadLetters: DeadLetters;

  /**
   * Called before anything else, and again after `close`; says what an acknowledgement of the store found is worth (EV-28). Leases
   * and delays follow `runtime`'s clock where the store has none of its own.
   * @throws STORE_UNAVAILABLE, STORE_UNSUPPORTED for a store that could not keep the promises.
   */
  connect(runtime: Runtime): Promise<Durability>;

  /**
   * Ends every feed and leaves nothing open; `append` and `open` reject with NOT_RUNNING from then on. Accepts a transport
   * that never connected or did so half-way; idempotent (EV-14).
   */
  close(): Promise<void>;

  /**
   * Resolves after all of the batch is stored, in its order, before that of any later call (EV-1). The result says for
   * each event whether one with its `source` and `id` was already there; a duplicate is dropped (EV-2). When it rejects,
   * any part may have been stored: appending the same again is safe.
   * @throws MESSAGING_BACKPRESSURE when the store may hold no more, STORE_UNAVAILABLE.
   */
  append(batch: readonly EncodedEvent[]): Promise<readonly boolean[]>;

  /**
   * Becomes a member. Resolves when the subscription exists: from then on it misses no event, members or not (EV-5).
   * `from` counts only for a subscription that is new: `now` begins with the next event, `beginning` with the oldest kept (EV-6).
   * @throws MESSAGING_SUBSCRIPTION_MISMATCH when it exists with another `ordered`.
   */
  open(subscription: SubscriptionRequest): Promise<Feed>;

  /** Ends a subscription for all members and drops what waits for it, so that it holds no event any longer (EV-15). */
  forget(group: string, pattern: string): Promise<void>;

  /** How each subscription of the store stands, whoever its members are (EV-26). */
  stats(): Promise<readonly SubscriptionStats[]>;
}

export interface SubscriptionRequest {
  readonly group: string;
  /** A type; `*` for one segment; `**` at the end for one or more (EV-13). */
  readonly pattern: string;
  readonly from: 'now' | 'beginning';
  /** How long a delivery belongs to its member without a word from it. */
  readonly leaseMs: number;
  /**
   * Keeps the order of each key, the envelope's `subject`, within one priority: what is handed out of one key is in the hands of one
   * member at a time, and comes in the order in which it was stored, also when it is taken over (EV-22, EV-23). A member that neither receives nor extends for
   * `leaseMs` loses its keys. A member settles the events of a key one after the other and never asks
   * for a `retry`: it waits itself, and extends. Events without a subject have no order. Needs the capability `keyOrder`.
   */
  readonly ordered: boolean;
  /** Remember what was acknowledged, and mark deliveries of the same `source` and `id` as `handled`. Needs the capability `inbox`. */
  readonly inbox: InboxWindow | undefined;
}

/** How long acknowledged identities are remembered: at least so long, or the newest so many, whichever is less. */
export interface InboxWindow {
  readonly maxAgeMs: number;
  readonly maxEvents: number;
}

/** One member's share of a subscription. Its verbs reject with STORE_UNAVAILABLE while the store is away. */
export interface Feed {
  /**
   * Takes at most `max` deliveries: those that are due again, then new ones. Resolves as soon as there is one, with none
   * after `waitMs` (0: at once), when `signal` is aborted, or when the feed is closed (EV-18). Each delivery is leased to this member; when the
   * lease runs out unsettled, the next member to ask gets it, with `attempt` one higher and a new receipt (EV-9).
   */
  receive(max: number, waitMs: number, signal: AbortSignal): Promise<readonly Delivery[]>;

  /**
   * Applies outcomes in one write, or as few as the store allows. False where the receipt no longer names a delivery: settled, taken over or forgotten.
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
  /** A copy of its own (EV-19), as read back and not validated; the text itself when it is no JSON (EV-27). */
  readonly event: unknown;
  /** The subscription acknowledged an event of this identity before; only where it has an inbox (EV-21). */
  readonly handled: boolean;
  /** Who had it last lost it: the lease ran out, or the connection ended (EV-9). Who released it in between had it for nothing (EV-31). */
  readonly takenOver: boolean;
  /** The dead letter it was replayed from (EV-16). */
  readonly replayedFrom: string | undefined;
}

/** What became of a delivery. */
export type Outcome =
  | { readonly kind: 'ack'; readonly receipt: string }
  /** Due again after `delayMs`, by whichever member; kept by the store, not by the member (EV-7). */
  | { readonly kind: 'retry'; readonly receipt: string; readonly delayMs: number }
  /** Given up: moved to the dead letters, in the same write where the store has one (EV-8). `attempts` where the member made more of them than deliveries. */
  | { readonly kind: 'dead'; readonly receipt: string; readonly reason: DeadReason; readonly failure: Failure; readonly attempts?: number }
  /** Still at work: the lease begins anew. */
  | { readonly kind: 'extend'; readonly receipt: string }
  /** Not handled at all: due again at once, and the attempt does not count. */
  | { readonly kind: 'release'; readonly receipt: string };

/** How a subscription stands. Exact when nothing moves (EV-26). */
export interface SubscriptionStats {
  readonly group: string;
  readonly pattern: string;
  /** Stored and not handed out yet, or handed back; what waits for a delay is not among them. */
  readonly waiting: number;
  /** In the hands of members. */
  readonly running: number;
  /** Waiting for the delay before another attempt. */
  readonly delayed: number;
  readonly deadLetters: number;
  /** How long ago the oldest event that waits or runs was stored; 0 when there is none. */
  readonly oldestAgeMs: number;
}
