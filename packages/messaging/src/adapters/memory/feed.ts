import { type Clock, deadlineWheel } from '@tutti/core';
import type { DirectDelivery, DirectFeed, DirectOutcome, DirectReceiver } from '../../transport/direct-transport.ts';
import type { Delivery, InboxWindow, Outcome } from '../../transport/event-transport.ts';
import type { Waiter } from './distribution.ts';
import type { Entry, MemoryMember } from './entry.ts';
import type { MemorySubscription } from './subscription.ts';

export interface MemoryFeedOptions extends MemoryMember {
  readonly subscription: MemorySubscription;
  readonly onClose: (feed: MemoryFeed) => void;
}

export class MemoryFeed implements DirectFeed, MemoryMember {
  readonly clock: Clock;
  readonly leaseMs: number;
  readonly inbox: InboxWindow | undefined;
  readonly #subscription: MemorySubscription;
  readonly #onClose: (feed: MemoryFeed) => void;
  /** Ends the receives that wait. */
  readonly #waiting = new Set<() => void>();
  #closed = false;

  constructor({ subscription, clock, leaseMs, inbox, onClose }: MemoryFeedOptions) {
    this.#subscription = subscription;
    this.clock = clock;
    this.leaseMs = leaseMs;
    this.inbox = inbox;
    this.#onClose = onClose;
  }

  async receive(max: number, waitMs: number, signal: AbortSignal): Promise<readonly Delivery[]> {
    if (this.#closed || signal.aborted) return [];
    const taken = this.#subscription.distribution.take(this, max);
    return taken.length > 0 || waitMs <= 0 ? taken : this.#wait(max, waitMs, signal);
  }

  #wait(max: number, waitMs: number, signal: AbortSignal): Promise<readonly Delivery[]> {
    return new Promise((resolve) => {
      const give = (deliveries: readonly Delivery[]): void => {
        deadline.cancel();
        signal.removeEventListener('abort', giveUp);
        this.#waiting.delete(giveUp);
        resolve(deliveries);
      };
      const waiter: Waiter = { member: this, max, give };
      const giveUp = (): void => {
        this.#subscription.distribution.leave(waiter);
        give([]);
      };
      const deadline = deadlineWheel(this.clock).at(this.clock.now() + waitMs, giveUp);
      signal.addEventListener('abort', giveUp, { once: true });
      this.#waiting.add(giveUp);
      this.#subscription.distribution.wait(waiter);
    });
  }

  async settle(outcomes: readonly Outcome[]): Promise<readonly boolean[]> {
    if (this.#closed) return outcomes.map(() => false);
    const accepted = outcomes.map((outcome) => {
      const entry = this.#subscription.distribution.held(outcome.receipt);
      if (entry) this.#subscription.settle(entry, outcome, this);
      return entry !== undefined;
    });
    this.#subscription.distribution.serve();
    return accepted;
  }

  attach(receiver: DirectReceiver): void {
    if (!this.#closed) this.#subscription.distribution.attach(this, receiver);
  }

  settleNow(delivery: DirectDelivery, outcome: DirectOutcome): boolean {
    const entry = delivery as Entry;
    if (entry.holder !== this) return false;
    const { distribution, ordered } = this.#subscription;
    if (outcome.kind !== 'ack') {
      this.#subscription.settle(entry, outcome, this);
      distribution.soon();
    } else {
      this.#subscription.acknowledge(entry, this);
      if (ordered) distribution.soon(); // the next of its key may go
    }
    return true;
  }

  resume(): void {
    this.#subscription.distribution.resume(this);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const giveUp of this.#waiting) giveUp();
    const { distribution } = this.#subscription;
    for (const entry of [...this.#subscription.heldBy(this)]) this.#subscription.settle(entry, { kind: 'release' }, this);
    distribution.detach(this);
    distribution.serve();
    this.#onClose(this);
  }
}
