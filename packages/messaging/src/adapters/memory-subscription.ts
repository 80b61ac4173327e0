import { type Clock, type Deadline, deadlineWheel } from '@tutti/core';
import { compilePattern, type TypeMatcher } from '../pattern/event-pattern.ts';
import { decodeEvent } from '../transport/encoded-event.ts';
import type { Delivery, Outcome, SubscriptionStats } from '../transport/event-transport.ts';
import { Fifo } from './fifo.ts';
import type { EventKeeper, LoggedEvent } from './logged-event.ts';

/** An event on its way to one subscription. */
interface Entry {
  readonly logged: LoggedEvent;
  attempt: number;
  /** When it may be delivered (again): the end of the lease, or of the delay before a retry. */
  dueAt: number;
  /** Names the running delivery, if there is one. */
  receipt: string | undefined;
  holder: MemoryMember | undefined;
  firstFailedAt: string | undefined;
  replayedFrom: string | undefined;
}

/** One feed as its subscription sees it. */
export interface MemoryMember {
  readonly clock: Clock;
  readonly leaseMs: number;
}

/** Somebody who asked and got nothing yet. */
export interface Waiter {
  readonly member: MemoryMember;
  readonly max: number;
  give(deliveries: readonly Delivery[]): void;
}

export class MemorySubscription {
  readonly matches: TypeMatcher;
  readonly #keeper: EventKeeper;
  readonly #group: string;
  readonly #pattern: string;
  /** Never delivered. */
  readonly #fresh = new Fifo<Entry>();
  /** Leased, or waiting for its retry. */
  readonly #begun = new Set<Entry>();
  readonly #byReceipt = new Map<string, Entry>();
  /** No entry of `#begun` is due earlier. */
  #nextDueAt = Number.POSITIVE_INFINITY;
  readonly #waiters = new Set<Waiter>();
  #alarm: Deadline | undefined;
  #lastReceipt = 0;

  constructor(keeper: EventKeeper, { group, pattern }: { readonly group: string; readonly pattern: string }) {
    this.#keeper = keeper;
    this.#group = group;
    this.#pattern = pattern;
    this.matches = compilePattern(pattern);
  }

  push(logged: LoggedEvent, replayedFrom?: string): void {
    logged.waiting++;
    this.#fresh.push({ logged, attempt: 0, dueAt: 0, receipt: undefined, holder: undefined, firstFailedAt: undefined, replayedFrom });
  }

  stats(now: number, deadLetters: number): SubscriptionStats {
    let [running, delayed, oldest] = [0, 0, this.#fresh.peek()?.logged.storedAt ?? now];
    for (const { receipt, dueAt, logged } of this.#begun) {
      if (receipt !== undefined && dueAt > now) running++;
      else if (dueAt > now) delayed++;
      if (logged.storedAt < oldest) oldest = logged.storedAt;
    }
    const waiting = this.#fresh.size + this.#begun.size - running - delayed;
    return { group: this.#group, pattern: this.#pattern, waiting, running, delayed, deadLetters, oldestAgeMs: now - oldest };
  }

  take(member: MemoryMember, max: number): Delivery[] {
    const now = member.clock.now();
    const taken = this.#nextDueAt <= now ? this.#takeDue(now, max) : [];
    while (taken.length < max && this.#fresh.size > 0) taken.push(this.#fresh.shift() as Entry);
    return taken.map((entry) => this.#lease(entry, member, now));
  }

  wait(waiter: Waiter): void {
    this.#waiters.add(waiter);
    this.#setAlarm();
  }

  leave(waiter: Waiter): void {
    this.#waiters.delete(waiter);
    if (this.#waiters.size === 0) this.#alarm?.cancel();
  }

  /** Gives what there is to those who wait for it, longest waiting first. */
  serve(): void {
    for (const waiter of this.#waiters) {
      const deliveries = this.take(waiter.member, waiter.max);
      if (deliveries.length === 0) break;
      this.leave(waiter);
      waiter.give(deliveries);
    }
    this.#setAlarm();
  }

  settle(member: MemoryMember, outcome: Outcome): boolean {
    const entry = this.#byReceipt.get(outcome.receipt);
    if (!entry) return false;
    const now = member.clock.now();
    if (outcome.kind === 'extend') {
      entry.dueAt = now + member.leaseMs;
      return true;
    }
    this.#endDelivery(entry);
    if (outcome.kind === 'ack') this.#finish(entry, now);
    else if (outcome.kind === 'dead') {
      this.#bury(entry, outcome, member.clock);
      this.#finish(entry, now);
    } else if (outcome.kind === 'retry') {
      entry.firstFailedAt ??= stamp(member.clock);
      this.#postpone(entry, now + outcome.delayMs);
    } else {
      entry.attempt--;
      this.#postpone(entry, now);
    }
    return true;
  }

  releaseAll(member: MemoryMember): void {
    for (const entry of this.#begun)
      if (entry.holder === member) this.settle(member, { kind: 'release', receipt: entry.receipt as string });
    this.serve();
  }

  /** Waits for nothing any more. */
  clear(now: number): void {
    for (const entry of this.#begun) this.#keeper.settled(entry.logged, now);
    for (let entry = this.#fresh.shift(); entry; entry = this.#fresh.shift()) this.#keeper.settled(entry.logged, now);
    this.#begun.clear();
    this.#byReceipt.clear();
    this.#nextDueAt = Number.POSITIVE_INFINITY;
    this.#alarm?.cancel();
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

  #lease(entry: Entry, member: MemoryMember, now: number): Delivery {
    const takenOver = entry.receipt !== undefined;
    if (entry.receipt !== undefined) this.#byReceipt.delete(entry.receipt);
    const receipt = String(++this.#lastReceipt);
    entry.receipt = receipt;
    entry.holder = member;
    entry.attempt++;
    this.#byReceipt.set(receipt, entry);
    this.#begun.add(entry);
    this.#postpone(entry, now + member.leaseMs);
    const { attempt, replayedFrom, logged } = entry;
    return { receipt, attempt, event: decodeEvent(logged.json), handled: false, takenOver, replayedFrom };
  }

  #postpone(entry: Entry, dueAt: number): void {
    entry.dueAt = dueAt;
    if (dueAt < this.#nextDueAt) this.#nextDueAt = dueAt;
  }

  #endDelivery(entry: Entry): void {
    this.#byReceipt.delete(entry.receipt as string);
    entry.receipt = undefined;
    entry.holder = undefined;
  }

  #finish(entry: Entry, now: number): void {
    this.#begun.delete(entry);
    this.#keeper.settled(entry.logged, now);
  }

  #bury(entry: Entry, { reason, failure }: Outcome & { kind: 'dead' }, clock: Clock): void {
    const lastFailedAt = stamp(clock);
    const { attempt: attempts, firstFailedAt = lastFailedAt, logged } = entry;
    this.#keeper.bury({ group: this.#group, pattern: this.#pattern, reason, failure, attempts, firstFailedAt, lastFailedAt, logged });
  }

  /** Wakes those who wait when the next retry or abandoned lease falls due. */
  #setAlarm(): void {
    this.#alarm?.cancel();
    const [waiter] = this.#waiters;
    if (waiter && this.#nextDueAt !== Number.POSITIVE_INFINITY)
      this.#alarm = deadlineWheel(waiter.member.clock).at(this.#nextDueAt, () => this.serve());
  }
}

const stamp = (clock: Clock): string => new Date(clock.epoch()).toISOString();
