import { deadlineWheel, type Repeating, repeat } from '@tutti/core';
import type { ConsumeMessage } from 'amqplib';
import type { Delivery, Feed, Outcome } from '../../transport/event-transport.ts';
import type { AckChannel } from './ack-channel.ts';
import { Choice } from './choice.ts';
import { warnOfTimeout } from './consumer-timeout.ts';
import { smallestRungMs } from './delays.ts';
import type { FeedOptions } from './feed-parts.ts';
import { HeldByReceipt } from './held.ts';
import { type InHand, oldestOf } from './in-hand.ts';
import type { Intake } from './intake.ts';
import { identityOf, type Notes, notesOf, returnsOf } from './message.ts';
import { OrderedIntake } from './ordered-intake.ts';
import { Returning } from './returning.ts';
import { lapsed, released } from './rewriting.ts';
import { type SettleParts, settle } from './settle.ts';
import { SharingIntake } from './sharing-intake.ts';
import type { Arrived, Source } from './source.ts';
import { Wake } from './wake.ts';

/** A broker that was just asked needs a moment to send what it has. */
const graceMs = 150;

/** One member's share of a subscription: what comes of its queues is handed out, and what the member makes of it goes back. */
export class AmqpFeed implements Feed {
  readonly #options: FeedOptions;
  readonly #intake: Intake;
  readonly #ordered: OrderedIntake | undefined;
  readonly #choice: Choice;
  readonly #held = new HeldByReceipt();
  readonly #returning: Returning;
  readonly #wake: Wake;
  readonly #sweeping: Repeating;
  #asking = 0;
  #lastAskedAt: number;
  #lastSignAt: number;
  #over = false;
  #closing: Promise<void> | undefined;

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#wake = new Wake(options.runtime);
    const { runtime, subscription, leaseMs, queues } = options;
    const events = {
      arrived: (source: Source, line: AckChannel, message: ConsumeMessage) => this.#arrived(source, line, message),
      lost: (line: AckChannel) => this.#lost(line),
      ended: () => this.#wake.up(),
    };
    this.#ordered = subscription.partitions === undefined ? undefined : new OrderedIntake(options, queues, events);
    this.#intake = this.#ordered ?? new SharingIntake(options, queues, events);
    this.#returning = new Returning(options, this.#intake, () => this.#asking > 0);
    this.#choice = new Choice(this.#intake.sources);
    this.#lastAskedAt = this.#lastSignAt = runtime.clock.now();
    this.#sweeping = repeat(runtime, { name: `leases of ${subscription.group}`, intervalMs: Math.max(10, leaseMs / 8) }, () =>
      this.#sweep(),
    );
  }

  get life(): string {
    return this.#options.subscription.life;
  }

  async receive(max: number, waitMs: number, signal: AbortSignal): Promise<readonly Delivery[]> {
    if (this.#over || signal.aborted) return [];
    const { clock } = this.#options.runtime;
    this.#lastSignAt = this.#lastAskedAt = clock.now();
    this.#asking++;
    try {
      this.#intake.flush();
      const endsAt = clock.now() + Math.max(waitMs, graceMs);
      for (;;) {
        const taken = this.#takeReady(max);
        if (max === 1 && taken[0]?.takenOver) await this.#isolate();
        if (taken.length > 0 || this.#over || signal.aborted || clock.now() >= endsAt) return taken;
        const { news } = this.#wake;
        await this.#intake.want(max);
        if (news === this.#wake.news && !this.#over && !signal.aborted)
          await this.#wake.waits(Math.min(endsAt, this.#choice.expectedUntil(clock.now())), signal);
      }
    } finally {
      this.#lastAskedAt = clock.now();
      this.#asking--;
    }
  }

  settle(outcomes: readonly Outcome[]): Promise<readonly boolean[]> {
    const parts: SettleParts = {
      options: this.#options,
      held: this.#held,
      returning: this.#returning,
      ordered: this.#ordered !== undefined,
      extended: () => {
        this.#lastSignAt = this.#options.runtime.clock.now();
      },
      putBack: () => this.#wake.up(),
    };
    return this.#returning.tracked(settle(parts, outcomes));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** The subscription was forgotten: nothing of it counts any more. */
  forgotten(): void {
    this.#over = true;
    this.#held.clear();
    this.#wake.up();
    void this.close();
  }

  inHand(): InHand {
    const { sources } = this.#intake;
    const held = this.#held.arrived;
    const firsts = sources.flatMap((source) => source.peek() ?? []);
    const waiting = sources.reduce((sum, { size }) => sum + size, this.#aside.size);
    return { life: this.life, running: held.length, waiting, ...oldestOf([...held, ...firsts, ...this.#aside]) };
  }

  /** Deliveries that wait here for their time, where no order is kept. */
  readonly #aside = new Set<Arrived>();

  #arrived(source: Source, line: AckChannel, message: ConsumeMessage): void {
    const { runtime, subscription, leaseMs } = this.#options;
    const { deliveryTag } = message.fields;
    const notes = notesOf(message);
    if (subscription.seam.size > 0 && !notes.copied && subscription.seam.has(identityOf(message.content))) {
      this.#returning.done({ source, line, message });
      this.#intake.flush();
      return;
    }
    const returns = returnsOf(message);
    const restMs = notes.restMs ?? 0;
    // its last member may still be at work and not know yet that it lost it: its lease is waited for
    const pauseMs = returns > 0 ? Math.max(leaseMs, restMs) : restMs;
    const now = runtime.clock.now();
    const arrived: Arrived = {
      source,
      line,
      message,
      notes,
      attempt: (notes.attempts ?? 0) + returns + 1,
      takenOver: notes.takenOver === true || returns > 0,
      notBefore: pauseMs > 0 ? now + pauseMs : now,
    };
    if (restMs >= smallestRungMs && !this.#ordered) {
      void this.#returning.again(arrived, { ...notes, attempts: arrived.attempt - 1 }, restMs).catch(() => line.requeue(deliveryTag));
      return;
    }
    if (pauseMs === 0) {
      source.push(arrived);
      this.#wake.soon();
      return;
    }
    deadlineWheel(runtime.clock).at(arrived.notBefore, () => this.#due(arrived));
    if (this.#ordered) source.push(arrived);
    else {
      this.#aside.add(arrived);
      this.#wake.soon(); // it took the place of one that can be handed out
    }
  }

  #due(arrived: Arrived): void {
    if (this.#aside.delete(arrived)) arrived.source.push(arrived);
    this.#wake.up();
  }

  #takeReady(max: number): Delivery[] {
    const taken: Delivery[] = [];
    const now = this.#options.runtime.clock.now();
    while (taken.length < max) {
      const arrived = this.#choice.next(now);
      if (!arrived) break;
      taken.push(this.#held.handOut(arrived, now, this.#options.leaseMs));
    }
    return taken;
  }

  #lost(line: AckChannel): void {
    this.#held.forgetLine(line);
    for (const arrived of this.#aside) if (arrived.line === line) this.#aside.delete(arrived);
    if (!this.#ordered) for (const source of this.#intake.sources) source.drain();
    this.#wake.up();
  }

  async #sweep(): Promise<void> {
    const { runtime, leaseMs } = this.#options;
    const now = runtime.clock.now();
    const expired = this.#held.expired(now, (held) => warnOfTimeout(held, this.#options));
    if (this.#ordered) return this.#surrenderSilent(this.#ordered, expired, now);
    const idle = this.#asking === 0 && now - this.#lastAskedAt > leaseMs / 2;
    if (idle) await this.#intake.park();
    const unasked = idle ? this.#intake.sources.flatMap((source) => source.drain()) : [];
    await this.#returning.giveBack([
      ...expired.map((arrived): [Arrived, Notes] => [arrived, lapsed(arrived)]),
      ...unasked.map((arrived): [Arrived, Notes] => [arrived, released(arrived)]),
    ]);
  }

  async #surrenderSilent(intake: OrderedIntake, expired: readonly Arrived[], now: number): Promise<void> {
    const silent = new Set(expired.map(({ source }) => source));
    if (this.#asking === 0 && now - this.#lastSignAt > this.#options.leaseMs) for (const source of intake.sources) silent.add(source);
    for (const source of silent) {
      this.#held.forgetSource(source);
      await intake.surrender(source);
    }
  }

  /**
   * Somebody who asks for one thing only is given one that may have ended its last member: the broker counts a delivery of all that lies here when this one
   * ends, too. So nothing else does, and nothing more is sent.
   */
  async #isolate(): Promise<void> {
    if (this.#ordered) return; // of a partition nothing can be given back without losing its order
    await this.#intake.park();
    await this.#returning.giveBack(this.#unhanded());
  }

  /** What was not handed out, each as if it had never come, with what is left of its wait. */
  #unhanded(): [Arrived, Notes][] {
    const now = this.#options.runtime.clock.now();
    const ready = this.#intake.sources.flatMap((source) => source.drain());
    const waiting = [...this.#aside];
    this.#aside.clear();
    return [
      ...ready.map((one): [Arrived, Notes] => [one, released(one)]),
      ...waiting.map((one): [Arrived, Notes] => [one, { ...released(one), restMs: Math.max(0, one.notBefore - now) }]),
    ].filter(([{ line }]) => line.alive);
  }

  async #close(): Promise<void> {
    const forgotten = this.#over;
    this.#over = true;
    this.#wake.up();
    this.#returning.cancelLingering();
    await this.#sweeping.stop();
    await this.#returning.ended();
    if (!this.#ordered && !forgotten) {
      await this.#intake.park().catch(() => {}); // lost: then there is nothing to give back
      const held = this.#held.arrived.filter(({ line }) => line.alive);
      await this.#returning.giveBack([...held.map((arrived): [Arrived, Notes] => [arrived, released(arrived)]), ...this.#unhanded()]);
    }
    this.#held.clear();
    this.#aside.clear();
    await this.#intake.close();
    this.#options.onClose(this);
  }
}
