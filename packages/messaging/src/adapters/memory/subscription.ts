import type { Clock } from '@tutti/core';
import { compilePattern, type TypeMatcher } from '../../pattern/event-pattern.ts';
import type { DirectOutcome } from '../../transport/direct-transport.ts';
import type { InboxWindow, SubscriptionStats } from '../../transport/event-transport.ts';
import { PriorityBacklog } from '../priority-backlog.ts';
import { Distribution } from './distribution.ts';
import { Entry, type MemoryMember } from './entry.ts';
import { HandledEvents } from './handled-events.ts';
import { KeyQueues } from './key-queues.ts';
import { type EventKeeper, identityOf, type LoggedEvent } from './logged-event.ts';

export interface MemorySubscriptionOptions {
  readonly group: string;
  readonly pattern: string;
  readonly ordered: boolean;
}

/** What one subscription waits for, and what became of it. Who gets it is the matter of its {@link Distribution}. */
export class MemorySubscription {
  readonly matches: TypeMatcher;
  readonly ordered: boolean;
  readonly distribution: Distribution;
  readonly #keeper: EventKeeper;
  readonly #group: string;
  readonly #pattern: string;
  /** Never delivered, or handed back. */
  readonly #backlog = new PriorityBacklog<Entry>();
  readonly #keys: KeyQueues | undefined;
  readonly #handled = new HandledEvents();
  readonly #begun = new Set<Entry>();
  /** No begun entry is due earlier. */
  #nextDueAt = Number.POSITIVE_INFINITY;

  constructor(keeper: EventKeeper, { group, pattern, ordered }: MemorySubscriptionOptions) {
    this.#keeper = keeper;
    this.#group = group;
    this.#pattern = pattern;
    this.ordered = ordered;
    this.#keys = ordered ? new KeyQueues() : undefined;
    this.matches = compilePattern(pattern);
    this.distribution = new Distribution(this);
  }

  get nextDueAt(): number {
    return this.#nextDueAt;
  }

  /** The keeper counts that this subscription waits for it. */
  push(logged: LoggedEvent, replayedFrom?: string): void {
    const entry = new Entry(logged, replayedFrom);
    if (this.#keys === undefined || this.#keys.mayGo(entry)) this.#backlog.push(entry.level, entry);
  }

  /** At most `max` that may be delivered: those that are due again, then new ones. Each must then be begun. */
  next(now: number, max: number): Entry[] {
    const taken = this.#nextDueAt <= now ? this.#takeDue(now, max) : [];
    while (taken.length < max && this.#backlog.size > 0) taken.push(this.#backlog.shift() as Entry);
    return taken;
  }

  /** One that was never delivered. */
  nextNew(): Entry | undefined {
    return this.#backlog.shift();
  }

  /** Puts an entry into the hands of a member. */
  hand(entry: Entry, member: MemoryMember): void {
    entry.attempt++;
    entry.holder = member;
    entry.handled = member.inbox !== undefined && entry.replayedFrom === undefined && this.#wasHandled(entry);
  }

  /** It is in hands that need no lease. */
  handOver(entry: Entry): void {
    if (!entry.begun) return;
    entry.begun = false;
    this.#begun.delete(entry);
  }

  /** It stays there until it is settled, or until `dueAt`. */
  keep(entry: Entry, dueAt: number): void {
    entry.begun = true;
    this.#begun.add(entry);
    this.#postpone(entry, dueAt);
  }

  settle(entry: Entry, outcome: DirectOutcome, member: MemoryMember): void {
    const { clock, leaseMs } = member;
    const now = clock.now();
    switch (outcome.kind) {
      case 'extend':
        entry.dueAt = now + leaseMs;
        break;
      case 'ack':
        this.acknowledge(entry, member);
        break;
      case 'dead':
        this.#bury(entry, outcome, clock);
        this.#finish(entry);
        break;
      case 'retry':
        entry.firstFailedAt ??= stamp(clock);
        entry.takenOver = false;
        this.#letGo(entry);
        this.keep(entry, now + outcome.delayMs);
        break;
      case 'release':
        entry.attempt--;
        this.#letGo(entry);
        this.keep(entry, now);
        break;
    }
  }

  /** What `settle` does for an acknowledgement, without a look at the clock. */
  acknowledge(entry: Entry, { clock, inbox }: MemoryMember): void {
    if (inbox) this.#remember(entry, clock.now(), inbox);
    this.#finish(entry);
  }

  /** What a member holds. */
  *heldBy(member: MemoryMember): Iterable<Entry> {
    for (const entry of this.#begun) if (entry.holder === member) yield entry;
    for (const entry of this.distribution.given()) if (entry.holder === member) yield entry;
  }

  /** Everything that is not settled. */
  *[Symbol.iterator](): Iterator<Entry> {
    yield* this.#begun;
    yield* this.distribution.given();
    yield* this.#backlog;
    if (this.#keys) yield* this.#keys;
  }

  stats(clock: Clock, deadLetters: number): SubscriptionStats {
    const epoch = clock.epoch();
    const now = clock.now();
    let [all, running, delayed, oldest] = [0, 0, 0, epoch];
    for (const { holder, begun, dueAt, logged } of this) {
      all++;
      if (logged.epochMs < oldest) oldest = logged.epochMs;
      if (begun && dueAt > now) {
        if (holder !== undefined) running++;
        else delayed++;
      } else if (!begun && holder !== undefined) running++;
    }
    const waiting = all - running - delayed;
    return { group: this.#group, pattern: this.#pattern, waiting, running, delayed, deadLetters, oldestAgeMs: epoch - oldest };
  }

  /** Waits for nothing any more. */
  clear(): void {
    const all = [...this];
    while (this.#backlog.shift()) {}
    this.#begun.clear();
    this.#keys?.clear();
    this.#nextDueAt = Number.POSITIVE_INFINITY;
    this.distribution.clear();
    for (const entry of all) {
      entry.holder = undefined;
      this.#keeper.settled(entry.logged);
    }
  }

  #takeDue(now: number, max: number): Entry[] {
    const due: Entry[] = [];
    let nextDueAt = Number.POSITIVE_INFINITY;
    for (const entry of this.#begun) {
      if (entry.dueAt <= now) due.push(entry);
      else if (entry.dueAt < nextDueAt) nextDueAt = entry.dueAt;
    }
    due.sort((a, b) => a.dueAt - b.dueAt);
    if (due.length <= max) this.#nextDueAt = nextDueAt;
    return due.slice(0, max);
  }

  #postpone(entry: Entry, dueAt: number): void {
    entry.dueAt = dueAt;
    if (dueAt < this.#nextDueAt) this.#nextDueAt = dueAt;
  }

  #letGo(entry: Entry): void {
    this.distribution.forget(entry);
    entry.holder = undefined;
  }

  #finish(entry: Entry): void {
    this.#letGo(entry);
    if (entry.begun) this.#begun.delete(entry);
    const next = this.#keys?.after(entry);
    if (next) this.#backlog.push(next.level, next);
    this.#keeper.settled(entry.logged);
  }

  #remember(entry: Entry, now: number, inbox: InboxWindow): void {
    const identity = identityOf(entry.stored);
    if (identity !== undefined) this.#handled.add(identity, now, inbox);
  }

  #wasHandled(entry: Entry): boolean {
    const identity = identityOf(entry.stored);
    return identity !== undefined && this.#handled.has(identity);
  }

  #bury(entry: Entry, { reason, failure, attempts: told }: DirectOutcome & { kind: 'dead' }, clock: Clock): void {
    const lastFailedAt = stamp(clock);
    const { firstFailedAt = lastFailedAt, logged } = entry;
    const attempts = told ?? entry.attempt;
    this.#keeper.bury({ group: this.#group, pattern: this.#pattern, reason, failure, attempts, firstFailedAt, lastFailedAt, logged });
  }
}

const stamp = (clock: Clock): string => new Date(clock.epoch()).toISOString();
