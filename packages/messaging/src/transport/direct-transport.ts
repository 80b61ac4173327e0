import type { CloudEvent } from '@tutti/core';
import type { OwnEvent } from './encoded-event.ts';
import type { EventTransport, Feed, Outcome, SubscriptionRequest } from './event-transport.ts';

/**
 * A store in this very process: what is appended is stored when the call returns, and deliveries come by themselves instead of being
 * asked for, which costs a twentieth. Everything else is as the contract says: the laws run over both ways.
 */
export interface DirectTransport extends EventTransport {
  readonly capabilities: EventTransport['capabilities'] & { readonly direct: true };
  /**
   * Stores one event, which it keeps as it is: the caller has made it for this. True for a duplicate.
   * @throws MESSAGING_BACKPRESSURE, NOT_RUNNING.
   */
  appendNow(encoded: OwnEvent): boolean;
  open(subscription: SubscriptionRequest): Promise<DirectFeed>;
}

export interface DirectFeed extends Feed {
  /** From now on deliveries are given to the receiver, never inside a call of somebody else, instead of by `receive`. They have no lease: their member lives as long as the store. */
  attach(receiver: DirectReceiver): void;
  /** For a delivery that was given; false when it was settled before, or the feed was closed. */
  settleNow(delivery: DirectDelivery, outcome: DirectOutcome): boolean;
  /** The receiver takes deliveries again, after it said that it was full. */
  resume(): void;
}

export interface DirectReceiver {
  /** What it was given and has not settled. */
  readonly holding: Iterable<DirectDelivery>;
  /** False when this one was the last that fits, until `resume`. */
  give(delivery: DirectDelivery): boolean;
}

export interface DirectDelivery {
  readonly attempt: number;
  readonly handled: boolean;
  readonly replayedFrom: string | undefined;
  /** The stored event, which everybody shares, or a text that is no event. */
  readonly stored: CloudEvent | string;
  /** See `EncodedEvent`. */
  readonly checkedBy: object | undefined;
}

/** An outcome without its receipt. */
export type DirectOutcome = Outcome extends infer O ? (O extends Outcome ? Omit<O, 'receipt'> : never) : never;

export function isDirectTransport(transport: EventTransport): transport is DirectTransport {
  return transport.capabilities.direct;
}
