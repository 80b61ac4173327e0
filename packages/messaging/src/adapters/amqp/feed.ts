import { randomUUID } from 'node:crypto';
import { deadlineWheel, type Repeating, repeat, type Timer } from '@tutti/core';
import type { ConsumeMessage } from 'amqplib';
import { decodeEvent } from '../../transport/encoded-event.ts';
import type { Delivery, Feed, Outcome } from '../../transport/event-transport.ts';
import type { AckChannel } from './ack-channel.ts';
import { Choice } from './choice.ts';
import { warnOfTimeout } from './consumer-timeout.ts';
import { smallestRungMs, toQueue } from './delays.ts';
import type { FeedOptions } from './feed-parts.ts';
import { type InHand, oldestOf } from './in-hand.ts';
import type { Intake } from './intake.ts';
import { identityOf, type Notes, notesOf, type Outgoing, returnsOf } from './message.ts';
import { OrderedIntake } from './ordered-intake.ts';
import { lapsed, movedMessage, released } from './rewriting.ts';
import { SharingIntake } from './sharing-intake.ts';
import type { Arrived, Source } from './source.ts';

interface Held {
  readonly arrived: Arrived;
  readonly since: number;
  until: number;
  warned: boolean;
}

/** A broker that was just asked needs a moment to send what it has. */
const graceMs = 150;
/** So long an acknowledgement waits for the next question. */
const lingerMs = 5;

export class AmqpFeed implements Feed {
  readonly #options: FeedOptions;
  readonly #intake: Intake;
  readonly #ordered: OrderedIntake | undefined;
  readonly #choice: Choice;
  readonly #held = new Map<string, Held>();
  readonly #settling = new Set<Promise<unknown>>();
  readonly #sweeping: Repeating;
  readonly #id = randomUUID().slice(0, 8);
  #receipts = 0;
  /** Counts what may have changed what can be handed out. */
  #news = 0;
  #wake: (() => void) | undefined;
  #waking = false;
  #asking = 0;
  #lastAskedAt: number;
  #lastSignAt: number;
  #over = false;
  #closing: Promise<void> | undefined;

  constructor(options: FeedOptions) {
    this.#options = options;
    const { runtime, subscription, leaseMs, queues } = options;
    const events = {
      arrived: (source: Source, line: AckChannel, message: ConsumeMessage) => this.#arrived(source, line, message),
      lost: (line: AckChannel) => this.#lost(line),
      ended: () => this.#wakeUp(),
    };
    this.#ordered = subscription.partitions === undefined ? undefined : new OrderedIntake(options, queues, events);
    this.#intake = this.#ordered ?? new SharingIntake(options, queues, events);
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
        const news = this.#news;
        await this.#intake.want(max);
        if (news === this.#news) await this.#waits(Math.min(endsAt, this.#choice.expectedUntil(clock.now())), signal);
      }
    } finally {
      this.#lastAskedAt = clock.now();
      this.#asking--;
    }
  }

  async settle(outcomes: readonly Outcome[]): Promise<readonly boolean[]> {
    const settling = this.#settle(outcomes);
    this.#settling.add(settling);
    try {
      return await settling;
    } finally {
      this.#settling.delete(settling);
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** The subscription was forgotten: nothing of it counts any more. */
  forgotten(): void {
    this.#over = true;
    this.#held.clear();
    this.#wakeUp();
    void this.close();
  }

  inHand(): InHand {
    const { sources } = this.#intake;
    const held = Array.from(this.#held.values(), ({ arrived }) => arrived);
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
      this.#done({ source, line, message });
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
      void this.#again(arrived, { ...notes, attempts: arrived.attempt - 1 }, restMs).catch(() => line.requeue(deliveryTag));
      return;
    }
    if (pauseMs === 0) {
      source.push(arrived);
      this.#wakeSoon();
      return;
    }
    deadlineWheel(runtime.clock).at(arrived.notBefore, () => this.#due(arrived));
    if (this.#ordered) source.push(arrived);
    else {
      this.#aside.add(arrived);
      this.#wakeSoon(); // it took the place of one that can be handed out
    }
  }

  #due(arrived: Arrived): void {
    if (this.#aside.delete(arrived)) arrived.source.push(arrived);
    this.#wakeUp();
  }

  #takeReady(max: number): Delivery[] {
    const taken: Delivery[] = [];
    const now = this.#options.runtime.clock.now();
    while (taken.length < max) {
      const arrived = this.#choice.next(now);
      if (!arrived) break;
      const receipt = `${this.#id}.${++this.#receipts}`;
      this.#held.set(receipt, { arrived, since: now, until: now + this.#options.leaseMs, warned: false });
      const { attempt, takenOver, notes, message } = arrived;
      const event = decodeEvent(message.content.toString());
      taken.push({ receipt, attempt, event, handled: false, takenOver, replayedFrom: notes.replayedFrom });
    }
    return taken;
  }

  #waits(endsAt: number, signal: AbortSignal): Promise<void> {
    if (this.#over || signal.aborted) return Promise.resolve();
    const { clock } = this.#options.runtime;
    return new Promise((resolve) => {
      const done = (): void => {
        deadline.cancel();
        signal.removeEventListener('abort', done);
        if (this.#wake === done) this.#wake = undefined;
        resolve();
      };
      const deadline = deadlineWheel(clock).at(endsAt, done);
      signal.addEventListener('abort', done, { once: true });
      this.#wake?.();
      this.#wake = done;
    });
  }

  /** After everything that has come by now was read: so that one call gives as much as there is. */
  #wakeSoon(): void {
    this.#news++;
    if (!this.#wake || this.#waking) return;
    this.#waking = true;
    this.#options.runtime.clock.afterInput(() => {
      this.#waking = false;
      this.#wakeUp();
    });
  }

  #wakeUp(): void {
    this.#news++;
    this.#wake?.();
  }

  #lost(line: AckChannel): void {
    for (const [receipt, { arrived }] of this.#held) if (arrived.line === line) this.#held.delete(receipt);
    for (const arrived of this.#aside) if (arrived.line === line) this.#aside.delete(arrived);
    if (!this.#ordered) for (const source of this.#intake.sources) source.drain();
    this.#wakeUp();
  }

  async #settle(outcomes: readonly Outcome[]): Promise<readonly boolean[]> {
    const { runtime, leaseMs, publisher, delays } = this.#options;
    const now = runtime.clock.now();
    const epoch = Math.floor(runtime.clock.epoch());
    const moved: [receipt: string, held: Held, message: Promise<Outgoing>][] = [];
    const results = outcomes.map((outcome): boolean => {
      const held = this.#held.get(outcome.receipt);
      if (!held || held.until <= now || !held.arrived.line.alive) return false;
      const { arrived } = held;
      if (outcome.kind === 'extend') {
        held.until = now + leaseMs;
        this.#lastSignAt = now;
        return true;
      }
      this.#held.delete(outcome.receipt);
      if (outcome.kind === 'ack') this.#done(arrived);
      else if (outcome.kind === 'release' && this.#ordered) {
        arrived.source.putBack(arrived);
        this.#wakeUp();
      } else moved.push([outcome.receipt, held, movedMessage(this.#options, arrived, outcome, epoch)]);
      return true;
    });
    if (moved.length === 0) {
      this.#flushSoon();
      return results;
    }
    let outgoing: readonly Outgoing[];
    try {
      outgoing = await Promise.all(moved.map(([, , message]) => message));
      await publisher.publish(outgoing);
    } catch (error) {
      delays.doubt();
      for (const [receipt, held] of moved) if (held.arrived.line.alive) this.#held.set(receipt, held); // the member asks again
      throw error;
    }
    // confirmed before the original goes: what dies in between comes twice, and never not at all
    for (const [index, [, { arrived }]] of moved.entries()) this.#replaced(arrived, outgoing[index]?.settled);
    await this.#flush();
    return results;
  }

  /** What replaces a message may lie where a crash of the broker still takes it: until that has passed the original stays, and would come again. */
  #replaced(original: Arrived, settled: Promise<void> | undefined): void {
    if (settled === undefined) this.#done(original);
    else this.#inBackground(settled.then(() => this.#done(original)).then(() => this.#flush()));
  }

  #inBackground(work: Promise<unknown>): void {
    this.#settling.add(work);
    void work.finally(() => this.#settling.delete(work));
  }

  /** The broker is done with it, at the next flush. */
  #done({ source, line, message: { fields } }: Pick<Arrived, 'source' | 'line' | 'message'>): void {
    if (line.acknowledge(fields.deliveryTag)) this.#intake.acknowledged(source, fields.consumerTag, this.#options.runtime.clock.now());
  }

  #lingering: Timer | undefined;

  /** A member that settles asks for more, most often: with its question, or a moment later without one. */
  #flushSoon(): void {
    const { clock } = this.#options.runtime;
    if (this.#asking > 0) clock.afterInput(() => this.#intake.flush());
    else {
      this.#lingering ??= clock.after(lingerMs, () => {
        this.#lingering = undefined;
        this.#inBackground(this.#flush());
      });
    }
  }

  /** While nobody asks here the broker is told first to send nothing in place of what it is rid of: that is for others. */
  async #flush(): Promise<void> {
    this.#lingering?.cancel();
    this.#lingering = undefined;
    if (this.#asking === 0) await this.#intake.park().catch(() => {}); // lost, or mute: what can be written is
    this.#intake.flush();
  }

  /** Writes a message anew, as what it has become, and acknowledges the one that came. */
  async #again(arrived: Arrived, notes: Notes, delayMs: number): Promise<void> {
    const { publisher, delays, subscription } = this.#options;
    const { source, message } = arrived;
    const outgoing = await delays.message(subscription, source.work.queue, message.content, notes, delayMs);
    await publisher.publish([outgoing]);
    this.#replaced(arrived, outgoing.settled);
    this.#intake.flush();
  }

  async #sweep(): Promise<void> {
    const { runtime, leaseMs } = this.#options;
    const now = runtime.clock.now();
    const expired: Arrived[] = [];
    for (const [receipt, held] of this.#held) {
      if (held.until <= now) {
        this.#held.delete(receipt);
        expired.push(held.arrived);
      } else warnOfTimeout(held, this.#options);
    }
    if (this.#ordered) return this.#surrenderSilent(this.#ordered, expired, now);
    const idle = this.#asking === 0 && now - this.#lastAskedAt > leaseMs / 2;
    if (idle) await this.#intake.park();
    const unasked = idle ? this.#intake.sources.flatMap((source) => source.drain()) : [];
    await this.#giveBack([
      ...expired.map((arrived): [Arrived, Notes] => [arrived, lapsed(arrived)]),
      ...unasked.map((arrived): [Arrived, Notes] => [arrived, released(arrived)]),
    ]);
  }

  async #surrenderSilent(intake: OrderedIntake, expired: readonly Arrived[], now: number): Promise<void> {
    const silent = new Set(expired.map(({ source }) => source));
    if (this.#asking === 0 && now - this.#lastSignAt > this.#options.leaseMs) for (const source of intake.sources) silent.add(source);
    for (const source of silent) {
      for (const [receipt, { arrived }] of this.#held) if (arrived.source === source) this.#held.delete(receipt);
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
    await this.#giveBack(this.#unhanded());
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

  /** To whoever asks, without waiting for anything; where that cannot be written the broker does it in its own way, and counts a delivery. */
  async #giveBack(messages: readonly (readonly [Arrived, Notes])[]): Promise<void> {
    if (messages.length === 0) return;
    try {
      await this.#options.publisher.publish(
        messages.map(([{ source, message }, notes]) => toQueue(source.work.queue, message.content, notes)),
      );
      for (const [arrived] of messages) this.#done(arrived);
      await this.#flush();
    } catch {
      for (const [{ line, message }] of messages) line.requeue(message.fields.deliveryTag);
    }
  }

  async #close(): Promise<void> {
    const forgotten = this.#over;
    this.#over = true;
    this.#wakeUp();
    this.#lingering?.cancel();
    await this.#sweeping.stop();
    await Promise.allSettled(this.#settling);
    if (!this.#ordered && !forgotten) {
      await this.#intake.park().catch(() => {}); // lost: then there is nothing to give back
      const held = Array.from(this.#held.values(), ({ arrived }) => arrived).filter(({ line }) => line.alive);
      await this.#giveBack([...held.map((arrived): [Arrived, Notes] => [arrived, released(arrived)]), ...this.#unhanded()]);
    }
    this.#held.clear();
    this.#aside.clear();
    await this.#intake.close();
    this.#options.onClose(this);
  }
}
