import { type Clock, deadlineWheel } from '@tutti/core';
import type { Delivery, Feed, Outcome } from '../transport/event-transport.ts';
import type { MemoryMember, MemorySubscription, Waiter } from './memory-subscription.ts';

export interface MemoryFeedOptions {
  readonly subscription: MemorySubscription;
  readonly clock: Clock;
  readonly leaseMs: number;
  readonly onClose: (feed: Feed) => void;
}

export class MemoryFeed implements Feed, MemoryMember {
  readonly clock: Clock;
  readonly leaseMs: number;
  readonly #subscription: MemorySubscription;
  readonly #onClose: (feed: Feed) => void;
  /** Ends the receives that wait. */
  readonly #waiting = new Set<() => void>();
  #closed = false;

  constructor({ subscription, clock, leaseMs, onClose }: MemoryFeedOptions) {
    this.#subscription = subscription;
    this.clock = clock;
    this.leaseMs = leaseMs;
    this.#onClose = onClose;
  }

  async receive(max: number, waitMs: number, signal: AbortSignal): Promise<readonly Delivery[]> {
    if (this.#closed || signal.aborted) return [];
    const taken = this.#subscription.take(this, max);
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
        this.#subscription.leave(waiter);
        give([]);
      };
      const deadline = deadlineWheel(this.clock).at(this.clock.now() + waitMs, giveUp);
      signal.addEventListener('abort', giveUp, { once: true });
      this.#waiting.add(giveUp);
      this.#subscription.wait(waiter);
    });
  }

  async settle(outcomes: readonly Outcome[]): Promise<readonly boolean[]> {
    if (this.#closed) return outcomes.map(() => false);
    const accepted = outcomes.map((outcome) => this.#subscription.settle(this, outcome));
    this.#subscription.serve();
    return accepted;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const giveUp of this.#waiting) giveUp();
    this.#subscription.releaseAll(this);
    this.#onClose(this);
  }
}
