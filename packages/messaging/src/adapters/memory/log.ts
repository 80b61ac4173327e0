import type { Clock } from '@tutti/core';
import { messagingError } from '../../errors.ts';
import type { EncodedEvent, OwnEvent } from '../../transport/encoded-event.ts';
import type { SubscriptionRequest, SubscriptionStats } from '../../transport/event-transport.ts';
import type { RetentionLimits } from '../retention.ts';
import { type EventKeeper, identityOf, type LoggedEvent, loggedText, type MemoryDeadLetter } from './logged-event.ts';
import { SettledEvents } from './settled-events.ts';
import { MemorySubscription } from './subscription.ts';

export interface MemoryLimits extends RetentionLimits {
  /** Events that some subscription waits for. */
  readonly maxWaiting: number;
}

/** What all members on one memory share. */
export class MemoryLog implements EventKeeper {
  readonly #maxWaiting: number;
  readonly #settled: SettledEvents;
  #lastSeq = 0;
  /** Events that some subscription waits for. */
  #waiting = 0;
  /** Made when somebody first publishes with an id of his own: until then nothing can come twice. */
  #byIdentity: Map<string, LoggedEvent> | undefined;
  readonly #subscriptions = new Map<string, MemorySubscription>();
  /** Which subscriptions hear a type; patterns are matched once a type, not once an event. */
  readonly #routes = new Map<string, readonly MemorySubscription[]>();
  readonly deadLetters: Map<string, MemoryDeadLetter> = new Map();
  #lastDeadLetter = 0;
  /** Of whoever was here last; all members are in one process. */
  #clock: Clock | undefined;

  constructor(limits: MemoryLimits) {
    this.#maxWaiting = limits.maxWaiting;
    this.#settled = new SettledEvents(limits, (logged) => this.#byIdentity?.delete(identityOf(logged.event) ?? ''));
  }

  /** All or none. The JSON is what is kept: it may be no event at all. */
  appendAll(batch: readonly EncodedEvent[], clock: Clock): boolean[] {
    this.#mustFit(batch.length);
    const epochMs = clock.epoch();
    const reached = new Set<MemorySubscription>();
    const duplicates = batch.map((encoded) => {
      const { source, id, type } = encoded.event;
      const route = this.#keep(loggedText(encoded, epochMs), type, encoded.fresh ? undefined : `${source}\n${id}`, clock);
      for (const subscription of route ?? []) reached.add(subscription);
      return route === undefined;
    });
    for (const subscription of reached) subscription.distribution.serve();
    return duplicates;
  }

  /** Keeps the event itself. True for a duplicate. */
  appendNow(own: OwnEvent, clock: Clock): boolean {
    this.#mustFit(1);
    const { event, fresh } = own;
    const route = this.#keep(own, event.type, fresh && !this.#byIdentity ? undefined : `${event.source}\n${event.id}`, clock);
    if (route === undefined) return true;
    for (const subscription of route) subscription.distribution.soon();
    return false;
  }

  /** @throws MESSAGING_SUBSCRIPTION_MISMATCH */
  subscription({ group, pattern, from, ordered }: SubscriptionRequest): MemorySubscription {
    const name = nameOf(group, pattern);
    let subscription = this.#subscriptions.get(name);
    if (!subscription) {
      subscription = new MemorySubscription(this, { group, pattern, ordered });
      if (from === 'beginning')
        for (const logged of this.#all()) if (subscription.matches(logged.event.type)) this.#hand(logged, subscription);
      this.#subscriptions.set(name, subscription);
      this.#routes.clear();
    }
    if (subscription.ordered !== ordered) {
      const problem = subscription.ordered ? 'it keeps the order of keys' : 'it keeps no order of keys';
      throw messagingError('MESSAGING_SUBSCRIPTION_MISMATCH', { group, pattern, problem });
    }
    return subscription;
  }

  find(group: string, pattern: string): MemorySubscription | undefined {
    return this.#subscriptions.get(nameOf(group, pattern));
  }

  forget(group: string, pattern: string): void {
    const subscription = this.find(group, pattern);
    if (!subscription) return;
    this.#subscriptions.delete(nameOf(group, pattern));
    this.#routes.clear();
    subscription.clear();
  }

  stats(clock: Clock): SubscriptionStats[] {
    const letters = Map.groupBy(this.deadLetters.values(), ({ group, pattern }) => nameOf(group, pattern));
    return Array.from(this.#subscriptions, ([name, subscription]) => subscription.stats(clock, letters.get(name)?.length ?? 0));
  }

  /** Gives an event to a subscription once more. */
  replay(logged: LoggedEvent, subscription: MemorySubscription, replayedFrom: string): void {
    this.#hand(logged, subscription, replayedFrom);
    subscription.distribution.serve();
  }

  settled(logged: LoggedEvent): void {
    if (--logged.waiting > 0) return;
    this.#waiting--;
    this.#settled.add(logged, this.#clock as Clock);
  }

  bury(letter: Omit<MemoryDeadLetter, 'id'>): void {
    const id = String(++this.#lastDeadLetter);
    this.deadLetters.set(id, { id, ...letter });
  }

  /**
   * Who hears it; undefined for a duplicate.
   * @param identity Absent where nothing of the same can be there.
   */
  #keep(logged: LoggedEvent, type: string, identity: string | undefined, clock: Clock): readonly MemorySubscription[] | undefined {
    this.#clock = clock;
    if (identity !== undefined) {
      this.#byIdentity ??= this.#index();
      if (this.#byIdentity.has(identity)) return undefined;
      this.#byIdentity.set(identity, logged);
    }
    logged.seq = ++this.#lastSeq;
    const route = this.#routes.get(type) ?? this.#route(type);
    for (const subscription of route) this.#hand(logged, subscription);
    if (route.length === 0) this.#settled.add(logged, clock);
    return route;
  }

  #hand(logged: LoggedEvent, subscription: MemorySubscription, replayedFrom?: string): void {
    if (logged.waiting++ === 0) this.#waiting++;
    subscription.push(logged, replayedFrom);
  }

  #mustFit(count: number): void {
    if (this.#waiting + count <= this.#maxWaiting) return;
    const problem = `${this.#waiting} of at most ${this.#maxWaiting} events wait to be handled`;
    throw messagingError('MESSAGING_BACKPRESSURE', { bus: 'memory transport', problem });
  }

  /** Everything that is kept, in the order in which it was stored. */
  #all(): LoggedEvent[] {
    const all = new Set(this.#settled);
    for (const subscription of this.#subscriptions.values()) for (const { logged } of subscription) all.add(logged);
    return [...all].sort((a, b) => a.seq - b.seq);
  }

  #index(): Map<string, LoggedEvent> {
    return new Map(this.#all().map((logged) => [identityOf(logged.event) ?? '', logged]));
  }

  #route(type: string): readonly MemorySubscription[] {
    const route = [...this.#subscriptions.values()].filter((subscription) => subscription.matches(type));
    if (this.#routes.size > 10_000) this.#routes.clear(); // types come from outside too
    this.#routes.set(type, route);
    return route;
  }
}

const nameOf = (group: string, pattern: string): string => `${group}\n${pattern}`;
