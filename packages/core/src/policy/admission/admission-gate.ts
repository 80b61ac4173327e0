import type { Call } from '../../call/call.ts';
import { whenOver } from '../../call/when-over.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { type StallWatch, stallWatch } from '../../runtime/stall-watch.ts';
import type { MetricSink } from '../../runtime/telemetry.ts';
import { type AdmissionClass, admissionClasses } from './admission-class.ts';
import { AdmissionNews, type RefusalReason } from './admission-news.ts';
import type { FairLine } from './fair-line.ts';
import type { AdmissionOutcome, ConcurrencyLimit, LimitPolicy } from './limit-policy.ts';
import { Pace } from './pace.ts';
import { type AdmissionWaiter, Waiting } from './waiting.ts';
import { WaitingRoom } from './waiting-room.ts';

/** What a place was taken with: when, or `unmeasured`. */
export type AdmissionTicket = number;

/** Not a ticket: there is no place, or others wait for one. */
export const noPlace: AdmissionTicket = -1;

/** The call entered without a look at the clock. */
const unmeasured: AdmissionTicket = 0;

/** Where nobody needs the time of every call, one in this many is measured, so that what is known does not grow old. */
const measuredOneIn = 16;

/** What became of calls since the beginning. Whoever asked has entered, was refused, has abandoned the line, or waits in it. */
export interface AdmissionCounts {
  readonly entered: number;
  readonly refused: Readonly<Record<AdmissionClass, number>>;
  /** Were in the line when their deadline passed or their caller lost interest. */
  readonly abandoned: Readonly<Record<AdmissionClass, number>>;
}

interface AdmissionSettings {
  readonly operation: string;
  readonly limit: LimitPolicy;
  readonly maxQueue: Readonly<Record<AdmissionClass, number>>;
  classOf(call: Call): AdmissionClass;
  tenantOf(call: Call): string | undefined;
}

/**
 * The places of an admission and the lines before them, without promises. Nobody waits while there is a place, and nobody enters
 * while as many are inside as the limit is. One gate belongs to one clock.
 */
export class AdmissionGate {
  readonly #settings: AdmissionSettings;
  readonly #news: AdmissionNews;
  readonly #limit: ConcurrencyLimit;
  readonly #learns: boolean;
  readonly #pace = new Pace();
  readonly #room: WaitingRoom;
  readonly #refused: number[] = admissionClasses.map(() => 0);
  readonly #abandoned: number[] = admissionClasses.map(() => 0);
  #places: number;
  #inside = 0;
  #entered = 0;
  #handing = false;
  #clock: Clock | undefined = undefined;
  #stalls: StallWatch | undefined = undefined;

  constructor(settings: AdmissionSettings) {
    this.#settings = settings;
    this.#news = new AdmissionNews(settings.operation);
    this.#room = new WaitingRoom(settings.maxQueue);
    this.#learns = settings.limit.learns;
    this.#limit = settings.limit.limit();
    this.#places = this.#limit.places(0);
  }

  /** Calls that may be inside now. */
  get limit(): number {
    return this.#places;
  }

  /** Calls that are inside: after the limit has fallen they may be more than it is. */
  get active(): number {
    return this.#inside;
  }

  get queued(): number {
    return this.#room.size;
  }

  counts(): AdmissionCounts {
    return { entered: this.#entered, refused: byClass(this.#refused), abandoned: byClass(this.#abandoned) };
  }

  /** For how long the longest waiting call has waited at a time of the calls' clock, in milliseconds; 0 when nobody waits. */
  queueAgeMs(now: number): number {
    return Math.max(0, now - this.#room.oldestSince());
  }

  /** Takes a place if one is free and nobody waits. `leave` must follow, once, with the ticket, unless it is `noPlace`. */
  tryEnter(call: Call): AdmissionTicket {
    if (this.#inside >= this.#places || this.#room.size > 0) return noPlace;
    this.#inside++;
    if (this.#learns) return this.#measured(call.runtime.clock);
    return this.#entered++ % measuredOneIn === 0 ? call.runtime.clock.now() : unmeasured;
  }

  /**
   * For whom `tryEnter` had no place. A call that is refused now is told so before this returns: by OVERLOADED, with the time
   * after which another try is worth it, DEADLINE_EXCEEDED, the reason of its cancellation, or INVALID_ARGUMENT for an unknown class.
   */
  wait(call: Call, waiter: AdmissionWaiter): void {
    const rank = admissionClasses.indexOf(this.#settings.classOf(call));
    const tenant = this.#settings.tenantOf(call) ?? '';
    const { runtime, deadline } = call;
    const now = runtime.clock.now();
    if (rank === -1) waiter.refused(this.#news.unknownClass());
    else if (call.cancelled) this.#refuse({ call, waiter, rank }, 'cancelled', call.reason);
    else if (deadline <= now) this.#refuse({ call, waiter, rank }, 'deadline', this.#news.tooLate());
    else {
      this.#follow(now, runtime.telemetry.metrics);
      if (this.#room.size > 0) this.#handOver(runtime.clock);
      const ticket = this.tryEnter(call);
      if (ticket !== noPlace) waiter.admitted(ticket);
      else {
        const line = this.#room.lineOf(rank, runtime.random);
        this.#queue(line, new Waiting({ call, waiter, rank, since: now, flow: line.flowOf(tenant) }));
      }
    }
  }

  /** Gives the place back, or on to who is next. */
  leave(ticket: AdmissionTicket, call: Call, outcome: AdmissionOutcome): void {
    if (ticket > unmeasured) this.#learn(ticket, call.runtime, outcome);
    if (this.#learns) this.#stalls?.unwatch();
    this.#inside--;
    if (this.#room.size > 0) this.#handOver(call.runtime.clock);
  }

  #queue(line: FairLine, waiting: Waiting): void {
    const { call, waiter, rank, flow, since: now } = waiting;
    if (now + line.pace.waitMs(line.ahead(flow), now) + this.#pace.workMs > call.deadline) {
      this.#turnAway(waiting, 'deadline', line, now);
      return;
    }
    const displaced = line.full ? line.displacedBy(flow) : undefined;
    if (line.full && !displaced) {
      this.#turnAway(waiting, 'full', line, now);
      return;
    }
    if (displaced) this.#room.takeOut(displaced);
    this.#room.add(waiting);
    waiting.forget = whenOver(call, { operation: this.#settings.operation, begun: false }, (reason) => {
      this.#room.takeOut(waiting);
      this.#abandoned[rank] = (this.#abandoned[rank] ?? 0) + 1;
      this.#news.refused(call.runtime.telemetry.metrics, rank, call.cancelled ? 'cancelled' : 'deadline');
      waiter.refused(reason);
    });
    if (displaced) this.#turnAway(displaced, 'displaced', line, now);
  }

  /** One hand at a time: whoever is let in may leave at once, or somebody come, before `admitted` returns. */
  #handOver(clock: Clock): void {
    if (this.#handing) return;
    this.#handing = true;
    try {
      while (this.#inside < this.#places) {
        const next = this.#room.takeNext();
        if (!next) break;
        this.#handTo(next, clock.now());
      }
    } finally {
      this.#handing = false;
    }
  }

  #handTo(next: Waiting, now: number): void {
    const { call, rank, since, waiter } = next;
    const { clock, random, telemetry } = call.runtime;
    const line = this.#room.lineOf(rank, random);
    if (call.deadline <= now) this.#refuse(next, 'deadline', this.#news.tooLate());
    // it would take the place of somebody who can still be served in time
    else if (call.deadline - now < this.#pace.workMs) this.#turnAway(next, 'deadline', line, now);
    else {
      line.pace.moved(now);
      this.#inside++;
      this.#news.waited(telemetry.metrics, rank, now - since);
      if (this.#learns) waiter.admitted(this.#measured(clock));
      else {
        this.#entered++;
        waiter.admitted(now);
      }
    }
  }

  #measured(clock: Clock): AdmissionTicket {
    this.#entered++;
    if (this.#clock !== clock) {
      this.#clock = clock;
      this.#stalls = stallWatch(clock);
    }
    this.#stalls?.watch();
    return clock.now();
  }

  #learn(ticket: AdmissionTicket, { clock, telemetry }: Runtime, outcome: AdmissionOutcome): void {
    if (outcome === 'ignored') return;
    const now = clock.now();
    if (this.#learns && this.#stalls?.stalled(ticket, now)) return;
    this.#pace.worked(now - ticket);
    if (!this.#learns) return;
    this.#limit.sample(now, now - ticket, this.#inside, outcome);
    this.#follow(now, telemetry.metrics);
  }

  /** A limit may also change with time alone. */
  #follow(now: number, metrics: MetricSink | undefined): void {
    const places = this.#limit.places(now);
    if (places === this.#places) return;
    this.#places = places;
    this.#news.limit(metrics, places);
  }

  #turnAway(who: Turned, reason: 'full' | 'displaced' | 'deadline', line: FairLine, now: number): void {
    const byWork = (this.#pace.workMs * (line.size + 1)) / this.#places;
    const byLine = line.size > 0 ? line.pace.waitMs(line.size, now) : 0;
    this.#refuse(who, reason, this.#news.overloaded(this.#places, reason, Math.max(byWork, byLine)));
  }

  #refuse({ call, waiter, rank }: Turned, reason: RefusalReason, error: unknown): void {
    this.#refused[rank] = (this.#refused[rank] ?? 0) + 1;
    this.#news.refused(call.runtime.telemetry.metrics, rank, reason);
    waiter.refused(error);
  }
}

type Turned = Pick<Waiting, 'call' | 'waiter' | 'rank'>;

function byClass(numbers: readonly number[]): Record<AdmissionClass, number> {
  return Object.fromEntries(admissionClasses.map((name, rank) => [name, numbers[rank]])) as Record<AdmissionClass, number>;
}
