import type { Clock, Timer } from './clock.ts';

/** One deadline on the wheel. Opaque but for `cancel`, which is idempotent and takes constant time. */
export interface Deadline {
  cancel(): void;
}

/** All deadlines of one clock, on a single timer. */
export interface DeadlineWheel {
  /** Calls back once, never before `clock.now() >= at`. */
  at(at: number, callback: () => void): Deadline;
  /** Deadlines that are pending. */
  readonly size: number;
}

const slotMs = 8;
const slotCount = 512;

/** Node's timers are about a millisecond late on an idle loop. */
const stallMs = 4;

/**
 * A hashed timing wheel (Varghese and Lauck, "Hashed and Hierarchical Timing Wheels", 1987, scheme 6): a slot holds the
 * deadlines of every turn of the wheel, so adding and cancelling cost the same whatever the number of deadlines.
 */
class HashedWheel implements DeadlineWheel {
  size = 0;
  readonly #clock: Clock;
  readonly #slots: Slot[] = Array.from({ length: slotCount }, () => new Slot());
  #timer: Timer | undefined;
  #wakeAt = Number.POSITIVE_INFINITY;
  #kept = false;
  #looking = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  at(at: number, callback: () => void): Deadline {
    const slot = this.#slots[Math.floor(at / slotMs) & (slotCount - 1)] as Slot;
    const entry = new Entry(this, slot, at, callback);
    slot.add(entry);
    this.size++;
    if (at < this.#wakeAt) this.#arm(at);
    else if (!this.#kept) this.#keep(true);
    return entry;
  }

  /**
   * An idle wheel keeps its timer, which costs less than arming one per call, but does not keep the process alive. Whether it is
   * idle is looked at once a turn of the event loop: calls that follow each other within one would pay for it each.
   */
  removed(): void {
    if (--this.size > 0 || this.#looking) return;
    this.#looking = true;
    this.#clock.afterInput(() => {
      this.#looking = false;
      if (this.size === 0) this.#keep(false);
    });
  }

  #keep(alive: boolean): void {
    this.#kept = alive;
    if (alive) this.#timer?.ref();
    else this.#timer?.unref();
  }

  #arm(at: number): void {
    this.#timer?.cancel();
    this.#wakeAt = at;
    this.#kept = true;
    this.#timer = this.#clock.after(Math.max(0, at - this.#clock.now()), () => this.#wake());
  }

  /**
   * A timer that fires late means a stalled event loop, and then the answers that would cancel these deadlines may lie unread in
   * the sockets: they are read first. What is due then was really not answered.
   */
  #wake(): void {
    this.#timer = undefined;
    const lateMs = this.#clock.now() - this.#wakeAt;
    this.#wakeAt = Number.POSITIVE_INFINITY;
    if (lateMs < stallMs) this.#fire();
    else this.#clock.afterInput(() => this.#fire());
  }

  #fire(): void {
    const now = this.#clock.now();
    let nextAt = Number.POSITIVE_INFINITY;
    for (const slot of this.#slots) {
      if (slot.first === undefined) continue;
      if (slot.earliest <= now) slot.fire(now);
      if (slot.first !== undefined && slot.earliest < nextAt) nextAt = slot.earliest;
    }
    if (this.size > 0 && nextAt < this.#wakeAt) this.#arm(nextAt);
  }
}

class Slot {
  first: Entry | undefined = undefined;
  /** Never later than the earliest deadline here; may be earlier after a cancellation, which costs one idle wake-up. */
  earliest: number = Number.POSITIVE_INFINITY;

  add(entry: Entry): void {
    entry.next = this.first;
    if (this.first) this.first.previous = entry;
    this.first = entry;
    if (entry.at < this.earliest) this.earliest = entry.at;
  }

  fire(now: number): void {
    const due: Entry[] = [];
    this.earliest = Number.POSITIVE_INFINITY;
    for (let entry = this.first; entry; entry = entry.next) {
      if (entry.at <= now) due.push(entry);
      else if (entry.at < this.earliest) this.earliest = entry.at;
    }
    due.sort((a, b) => a.at - b.at);
    for (const entry of due) entry.fire();
  }
}

const nothing = (): void => {};

class Entry implements Deadline {
  next: Entry | undefined = undefined;
  previous: Entry | undefined = undefined;
  readonly at: number;
  #wheel: HashedWheel | undefined;
  #slot: Slot;
  #callback: () => void;

  constructor(wheel: HashedWheel, slot: Slot, at: number, callback: () => void) {
    this.#wheel = wheel;
    this.#slot = slot;
    this.at = at;
    this.#callback = callback;
  }

  /** Lets go of everything: an entry that has become old would keep all that was linked with it from young collections, each the next. */
  cancel(): void {
    const wheel = this.#wheel;
    if (!wheel) return;
    this.#wheel = undefined;
    if (this.previous) this.previous.next = this.next;
    else this.#slot.first = this.next;
    if (this.next) this.next.previous = this.previous;
    this.next = undefined;
    this.previous = undefined;
    this.#callback = nothing;
    wheel.removed();
  }

  /** A deadline cancelled by an earlier one of the same slot is not fired any more. */
  fire(): void {
    if (!this.#wheel) return;
    const callback = this.#callback;
    this.cancel();
    callback();
  }
}

const wheels = new WeakMap<Clock, DeadlineWheel>();

/** The wheel that belongs to a clock: always the same one, made when first asked for. */
export function deadlineWheel(clock: Clock): DeadlineWheel {
  let wheel = wheels.get(clock);
  if (!wheel) {
    wheel = new HashedWheel(clock);
    wheels.set(clock, wheel);
  }
  return wheel;
}
