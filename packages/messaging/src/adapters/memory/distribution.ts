import { type Clock, type Deadline, deadlineWheel } from '@tutti/core';
import type { DirectReceiver } from '../../transport/direct-transport.ts';
import type { Delivery } from '../../transport/event-transport.ts';
import { copyOfStored } from '../../transport/json-copy.ts';
import type { Entry, MemoryMember } from './entry.ts';

/** Somebody who asked and got nothing yet. */
export interface Waiter {
  readonly member: MemoryMember;
  readonly max: number;
  give(deliveries: readonly Delivery[]): void;
}

/** A member that is given deliveries without asking. */
interface Attached {
  readonly member: MemoryMember;
  readonly receiver: DirectReceiver;
  full: boolean;
}

const settled: Promise<void> = Promise.resolve();

/** A subscription, as far as who gets what is concerned. */
export interface EntrySource {
  /** Nothing that has begun is due earlier. */
  readonly nextDueAt: number;
  next(now: number, max: number): Entry[];
  nextNew(): Entry | undefined;
  hand(entry: Entry, member: MemoryMember): void;
  handOver(entry: Entry): void;
  keep(entry: Entry, dueAt: number): void;
}

/** Which member gets what a subscription has. */
export class Distribution {
  readonly #subscription: EntrySource;
  readonly #byReceipt = new Map<string, Entry>();
  readonly #waiters = new Set<Waiter>();
  #attached: readonly Attached[] = [];
  /** Whose turn it is among those attached. */
  #turn = 0;
  #soon = false;
  #alarm: Deadline | undefined;
  #lastReceipt = 0;
  readonly #serveNow = (): void => {
    this.#soon = false;
    this.serve();
  };

  constructor(subscription: EntrySource) {
    this.#subscription = subscription;
  }

  /** Serves at the end of this turn of microtasks: never inside a call of somebody who publishes. */
  soon(): void {
    if (this.#soon) return;
    this.#soon = true;
    void settled.then(this.#serveNow); // a fifth of what queueMicrotask costs
  }

  /** Leases at most `max` to a member that asks. */
  take(member: MemoryMember, max: number): Delivery[] {
    const now = member.clock.now();
    return this.#subscription.next(now, max).map((entry) => this.#lease(entry, member, now));
  }

  wait(waiter: Waiter): void {
    this.#waiters.add(waiter);
    this.#setAlarm();
  }

  leave(waiter: Waiter): void {
    this.#waiters.delete(waiter);
    this.#setAlarm();
  }

  attach(member: MemoryMember, receiver: DirectReceiver): void {
    this.#attached = [...this.#attached, { member, receiver, full: false }];
    this.soon();
  }

  detach(member: MemoryMember): void {
    this.#attached = this.#attached.filter((attached) => attached.member !== member);
    this.#turn = 0;
    this.#setAlarm();
  }

  /** A member that was full takes again. */
  resume(member: MemoryMember): void {
    for (const attached of this.#attached) if (attached.member === member) attached.full = false;
    this.soon();
  }

  /** What attached members hold. */
  *given(): Iterable<Entry> {
    for (const { receiver } of this.#attached) yield* receiver.holding as Iterable<Entry>;
  }

  held(receipt: string): Entry | undefined {
    return this.#byReceipt.get(receipt);
  }

  /** Nobody holds it any more. */
  forget(entry: Entry): void {
    if (entry.receipt === undefined) return;
    this.#byReceipt.delete(entry.receipt);
    entry.receipt = undefined;
  }

  clear(): void {
    this.#byReceipt.clear();
    this.#alarm?.cancel();
    this.#alarm = undefined;
  }

  /** Gives what there is to those who wait for it, longest waiting first. */
  serve(): void {
    if (this.#attached.length > 0) this.#giveAway();
    if (this.#waiters.size > 0) this.#answer();
    if (this.#alarm || this.#subscription.nextDueAt !== Number.POSITIVE_INFINITY) this.#setAlarm();
  }

  #answer(): void {
    for (const waiter of this.#waiters) {
      const deliveries = this.take(waiter.member, waiter.max);
      if (deliveries.length === 0) break;
      this.#waiters.delete(waiter);
      waiter.give(deliveries);
    }
  }

  /** To those attached, in turns. */
  #giveAway(): void {
    const subscription = this.#subscription;
    for (let to = this.#free(); to; to = this.#free()) {
      const { clock } = to.member;
      const entry = subscription.nextDueAt === Number.POSITIVE_INFINITY ? subscription.nextNew() : subscription.next(clock.now(), 1)[0];
      if (!entry) return;
      this.forget(entry);
      subscription.handOver(entry);
      subscription.hand(entry, to.member);
      to.full = !to.receiver.give(entry);
    }
  }

  #free(): Attached | undefined {
    const attached = this.#attached;
    for (let tried = 0; tried < attached.length; tried++) {
      const one = attached[this.#turn++ % attached.length] as Attached;
      if (!one.full) return one;
    }
    return undefined;
  }

  #lease(entry: Entry, member: MemoryMember, now: number): Delivery {
    if (entry.receipt !== undefined) entry.takenOver = true;
    this.forget(entry);
    const receipt = String(++this.#lastReceipt);
    entry.receipt = receipt;
    this.#byReceipt.set(receipt, entry);
    this.#subscription.hand(entry, member);
    this.#subscription.keep(entry, now + member.leaseMs);
    const { attempt, handled, takenOver, replayedFrom, stored } = entry;
    return { receipt, attempt, event: copyOfStored(stored), handled, takenOver, replayedFrom };
  }

  /** Wakes those who wait when the next retry or abandoned lease falls due. */
  #setAlarm(): void {
    const { nextDueAt } = this.#subscription;
    if (this.#alarm) {
      this.#alarm.cancel();
      this.#alarm = undefined;
    }
    if (nextDueAt === Number.POSITIVE_INFINITY) return;
    const clock = this.#someClock();
    if (clock) this.#alarm = deadlineWheel(clock).at(nextDueAt, () => this.serve());
  }

  #someClock(): Clock | undefined {
    const [waiter] = this.#waiters;
    return waiter?.member.clock ?? this.#attached[0]?.member.clock;
  }
}
