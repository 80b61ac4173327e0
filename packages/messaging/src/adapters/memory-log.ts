import type { EncodedEvent } from '../transport/encoded-event.ts';
import type { SubscriptionRequest, SubscriptionStats } from '../transport/event-transport.ts';
import { Fifo } from './fifo.ts';
import type { EventKeeper, LoggedEvent, MemoryDeadLetter } from './logged-event.ts';
import { MemorySubscription } from './memory-subscription.ts';
import type { RetentionLimits } from './retention.ts';

/** What all members on one memory share. `now` is always a reading of the runtime's monotonic clock. */
export class MemoryLog implements EventKeeper {
  readonly #limits: RetentionLimits;
  /** By identity, oldest first. */
  readonly #events = new Map<string, LoggedEvent>();
  readonly #settled = new Fifo<LoggedEvent>();
  readonly #subscriptions = new Map<string, MemorySubscription>();
  /** Which subscriptions hear a type; patterns are matched once a type, not once an event. */
  readonly #routes = new Map<string, readonly MemorySubscription[]>();
  readonly deadLetters: Map<string, MemoryDeadLetter> = new Map();
  #lastDeadLetter = 0;

  constructor(limits: RetentionLimits) {
    this.#limits = limits;
  }

  append(batch: readonly EncodedEvent[], now: number): boolean[] {
    const reached = new Set<MemorySubscription>();
    const duplicates = batch.map(({ event, json }) => {
      const identity = `${event.source}\n${event.id}`;
      if (this.#events.has(identity)) return true;
      const logged: LoggedEvent = { identity, type: event.type, json, storedAt: now, waiting: 0, settledAt: now };
      this.#events.set(identity, logged);
      for (const subscription of this.#route(event.type)) {
        subscription.push(logged);
        reached.add(subscription);
      }
      if (logged.waiting === 0) this.#settled.push(logged);
      return false;
    });
    this.#trim(now);
    for (const subscription of reached) subscription.serve();
    return duplicates;
  }

  subscription({ group, pattern, from }: SubscriptionRequest): MemorySubscription {
    const name = nameOf(group, pattern);
    let subscription = this.#subscriptions.get(name);
    if (!subscription) {
      subscription = new MemorySubscription(this, { group, pattern });
      this.#subscriptions.set(name, subscription);
      this.#routes.clear();
      if (from === 'beginning')
        for (const logged of this.#events.values()) if (subscription.matches(logged.type)) subscription.push(logged);
    }
    return subscription;
  }

  find(group: string, pattern: string): MemorySubscription | undefined {
    return this.#subscriptions.get(nameOf(group, pattern));
  }

  forget(group: string, pattern: string, now: number): void {
    const subscription = this.find(group, pattern);
    if (!subscription) return;
    this.#subscriptions.delete(nameOf(group, pattern));
    this.#routes.clear();
    subscription.clear(now);
  }

  stats(now: number): SubscriptionStats[] {
    const letters = Map.groupBy(this.deadLetters.values(), ({ group, pattern }) => nameOf(group, pattern));
    return Array.from(this.#subscriptions, ([name, subscription]) => subscription.stats(now, letters.get(name)?.length ?? 0));
  }

  settled(logged: LoggedEvent, now: number): void {
    if (--logged.waiting > 0) return;
    logged.settledAt = now;
    this.#settled.push(logged);
    this.#trim(now);
  }

  bury(letter: Omit<MemoryDeadLetter, 'id'>): void {
    const id = String(++this.#lastDeadLetter);
    this.deadLetters.set(id, { id, ...letter });
  }

  #route(type: string): readonly MemorySubscription[] {
    let route = this.#routes.get(type);
    if (!route) {
      route = [...this.#subscriptions.values()].filter((subscription) => subscription.matches(type));
      this.#routes.set(type, route);
    }
    return route;
  }

  #trim(now: number): void {
    const { maxEvents, maxAgeMs } = this.#limits;
    for (let oldest = this.#settled.peek(); oldest; oldest = this.#settled.peek()) {
      if (this.#settled.size <= maxEvents && now - oldest.settledAt <= maxAgeMs) return;
      this.#settled.shift();
      // One that is wanted again (a later subscription, a replay) is queued anew when it is settled again; one that was trimmed may have a namesake by now.
      if (oldest.waiting === 0 && this.#events.get(oldest.identity) === oldest) this.#events.delete(oldest.identity);
    }
  }
}

const nameOf = (group: string, pattern: string): string => `${group}\n${pattern}`;
