import type { CloudEvent } from '@tutti/core';
import { messagingError } from '../../errors.ts';
import { decodeEvent, type EncodedEvent } from '../../transport/encoded-event.ts';
import type { SubscriptionRequest, SubscriptionStats } from '../../transport/event-transport.ts';
import { Fifo } from '../fifo.ts';
import type { RetentionLimits } from '../retention.ts';
import { type EventKeeper, identityOf, LoggedEvent, type MemoryDeadLetter } from './logged-event.ts';
import { MemorySubscription } from './subscription.ts';

export interface MemoryLimits extends RetentionLimits {
  /** Events that some subscription waits for. */
  readonly maxWaiting: number;
}

/** What all members on one memory share. `now` is always a reading of the runtime's monotonic clock. */
export class MemoryLog implements EventKeeper {
  readonly #limits: MemoryLimits;
  #oldest: LoggedEvent | undefined;
  #newest: LoggedEvent | undefined;
  #waiting = 0;
  readonly #settled = new Fifo<LoggedEvent>();
  /** Made when somebody first publishes with an id of his own: until then nothing can come twice. */
  #byIdentity: Map<string, LoggedEvent> | undefined;
  readonly #subscriptions = new Map<string, MemorySubscription>();
  /** Which subscriptions hear a type; patterns are matched once a type, not once an event. */
  readonly #routes = new Map<string, readonly MemorySubscription[]>();
  readonly deadLetters: Map<string, MemoryDeadLetter> = new Map();
  #lastDeadLetter = 0;

  constructor(limits: MemoryLimits) {
    this.#limits = limits;
  }

  /** All or none. The JSON is what is kept: it may be no event at all. */
  appendAll(batch: readonly EncodedEvent[], now: number): boolean[] {
    this.#mustFit(batch.length);
    const reached = new Set<MemorySubscription>();
    const duplicates = batch.map((encoded) => {
      const stored = decodeEvent(encoded.json);
      return this.#keep(encoded, typeof stored === 'object' ? (stored as CloudEvent) : encoded.json, now, reached);
    });
    this.#trim(now);
    for (const subscription of reached) subscription.distribution.serve();
    return duplicates;
  }

  /** Keeps the event itself, which must be nobody else's. True for a duplicate. */
  appendNow(encoded: EncodedEvent, now: number): boolean {
    this.#mustFit(1);
    const duplicate = this.#keep(encoded, encoded.event, now, undefined);
    this.#trim(now);
    return duplicate;
  }

  /** @throws MESSAGING_SUBSCRIPTION_MISMATCH */
  subscription({ group, pattern, from, ordered }: SubscriptionRequest): MemorySubscription {
    const name = nameOf(group, pattern);
    let subscription = this.#subscriptions.get(name);
    if (!subscription) {
      subscription = new MemorySubscription(this, { group, pattern, ordered });
      this.#subscriptions.set(name, subscription);
      this.#routes.clear();
      if (from === 'beginning') {
        for (let logged = this.#oldest; logged; logged = logged.next)
          if (subscription.matches(logged.type)) this.#hand(logged, subscription);
      }
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

  /** Gives an event to a subscription once more. */
  replay(logged: LoggedEvent, subscription: MemorySubscription, replayedFrom: string): void {
    this.#hand(logged, subscription, replayedFrom);
    subscription.distribution.serve();
  }

  settled(logged: LoggedEvent, now: number): void {
    if (--logged.waiting > 0) return;
    this.#waiting--;
    logged.settledAt = now;
    this.#settled.push(logged);
    this.#trim(now);
  }

  bury(letter: Omit<MemoryDeadLetter, 'id'>): void {
    const id = String(++this.#lastDeadLetter);
    this.deadLetters.set(id, { id, ...letter });
  }

  #keep(
    { event, fresh, checkedBy }: EncodedEvent,
    stored: CloudEvent | string,
    now: number,
    reached: Set<MemorySubscription> | undefined,
  ): boolean {
    if (!fresh || this.#byIdentity) {
      const identity = `${event.source}\n${event.id}`;
      this.#byIdentity ??= this.#index();
      if (this.#byIdentity.has(identity)) return true;
    }
    const logged = new LoggedEvent(event.type, stored, checkedBy, now);
    this.#link(logged);
    for (const subscription of this.#routes.get(event.type) ?? this.#route(event.type)) {
      this.#hand(logged, subscription);
      if (reached) reached.add(subscription);
      else subscription.distribution.soon();
    }
    if (logged.waiting === 0) this.#settled.push(logged);
    return false;
  }

  #hand(logged: LoggedEvent, subscription: MemorySubscription, replayedFrom?: string): void {
    if (logged.waiting++ === 0) this.#waiting++;
    subscription.push(logged, replayedFrom);
  }

  #mustFit(count: number): void {
    const { maxWaiting } = this.#limits;
    if (this.#waiting + count <= maxWaiting) return;
    throw messagingError('MESSAGING_BACKPRESSURE', {
      bus: 'memory transport',
      problem: `${this.#waiting} of at most ${maxWaiting} events wait to be handled`,
    });
  }

  #index(): Map<string, LoggedEvent> {
    const index = new Map<string, LoggedEvent>();
    for (let logged = this.#oldest; logged; logged = logged.next) index.set(identityOf(logged.stored) ?? '', logged);
    return index;
  }

  #link(logged: LoggedEvent): void {
    logged.previous = this.#newest;
    if (this.#newest) this.#newest.next = logged;
    else this.#oldest = logged;
    this.#newest = logged;
    this.#byIdentity?.set(identityOf(logged.stored) ?? '', logged);
  }

  #unlink(logged: LoggedEvent): void {
    const { previous, next } = logged;
    if (previous) previous.next = next;
    else this.#oldest = next;
    if (next) next.previous = previous;
    else this.#newest = previous;
    logged.previous = undefined;
    logged.next = undefined;
    logged.kept = false;
    this.#byIdentity?.delete(identityOf(logged.stored) ?? '');
  }

  #route(type: string): readonly MemorySubscription[] {
    const route = [...this.#subscriptions.values()].filter((subscription) => subscription.matches(type));
    if (this.#routes.size > 10_000) this.#routes.clear(); // types come from outside too
    this.#routes.set(type, route);
    return route;
  }

  #trim(now: number): void {
    const { maxEvents, maxAgeMs } = this.#limits;
    for (let oldest = this.#settled.peek(); oldest; oldest = this.#settled.peek()) {
      if (this.#settled.size <= maxEvents && now - oldest.settledAt <= maxAgeMs) return;
      this.#settled.shift();
      // one that is wanted again (a later subscription, a replay) is queued anew when it is settled again
      if (oldest.waiting === 0 && oldest.kept) this.#unlink(oldest);
    }
  }
}

const nameOf = (group: string, pattern: string): string => `${group}\n${pattern}`;
