import type { Timer } from '@tutti/core';
import { toQueue } from './delays.ts';
import type { FeedOptions } from './feed-parts.ts';
import type { Intake } from './intake.ts';
import type { Notes } from './message.ts';
import type { Arrived } from './source.ts';

/** So long an acknowledgement waits for the next question. */
const lingerMs = 5;

/** Gives deliveries back to the broker: as done, or written anew as what they have become. */
export class Returning {
  readonly #options: FeedOptions;
  readonly #intake: Intake;
  /** Whether somebody asks for deliveries now. */
  readonly #isAsked: () => boolean;
  readonly #working = new Set<Promise<unknown>>();
  #lingering: Timer | undefined;

  constructor(options: FeedOptions, intake: Intake, isAsked: () => boolean) {
    this.#options = options;
    this.#intake = intake;
    this.#isAsked = isAsked;
  }

  /** The broker is done with it, at the next flush. */
  done({ source, line, message: { fields } }: Pick<Arrived, 'source' | 'line' | 'message'>): void {
    if (line.acknowledge(fields.deliveryTag)) this.#intake.acknowledged(source, fields.consumerTag, this.#options.runtime.clock.now());
  }

  /** What replaces a message may lie where a crash of the broker still takes it: until that has passed the original stays, and would come again. */
  replaced(original: Arrived, settled: Promise<void> | undefined): void {
    if (settled === undefined) this.done(original);
    else void this.tracked(settled.then(() => this.done(original)).then(() => this.flush()));
  }

  /** A member that settles asks for more, most often: with its question, or a moment later without one. */
  flushSoon(): void {
    const { clock } = this.#options.runtime;
    if (this.#isAsked()) clock.afterInput(() => this.#intake.flush());
    else {
      this.#lingering ??= clock.after(lingerMs, () => {
        this.#lingering = undefined;
        void this.tracked(this.flush());
      });
    }
  }

  /** While nobody asks here the broker is told first to send nothing in place of what it is rid of: that is for others. */
  async flush(): Promise<void> {
    this.#lingering?.cancel();
    this.#lingering = undefined;
    if (!this.#isAsked()) await this.#intake.park().catch(() => {}); // lost, or mute: what can be written is
    this.#intake.flush();
  }

  /** Writes a message anew, as what it has become, and acknowledges the one that came. */
  async again(arrived: Arrived, notes: Notes, delayMs: number): Promise<void> {
    const { publisher, delays, subscription } = this.#options;
    const { source, message } = arrived;
    const outgoing = await delays.message(subscription, source.work.queue, message.content, notes, delayMs);
    await publisher.publish([outgoing]);
    this.replaced(arrived, outgoing.settled);
    this.#intake.flush();
  }

  /** To whoever asks, without waiting for anything; where that cannot be written the broker does it in its own way, and counts a delivery. */
  async giveBack(messages: readonly (readonly [Arrived, Notes])[]): Promise<void> {
    if (messages.length === 0) return;
    try {
      await this.#options.publisher.publish(
        messages.map(([{ source, message }, notes]) => toQueue(source.work.queue, message.content, notes)),
      );
      for (const [arrived] of messages) this.done(arrived);
      await this.flush();
    } catch {
      for (const [{ line, message }] of messages) line.requeue(message.fields.deliveryTag);
    }
  }

  /** Work that is waited for at the end. */
  async tracked<T>(work: Promise<T>): Promise<T> {
    this.#working.add(work);
    try {
      return await work;
    } finally {
      this.#working.delete(work);
    }
  }

  /** Nothing new is begun from here on. */
  cancelLingering(): void {
    this.#lingering?.cancel();
  }

  async ended(): Promise<void> {
    await Promise.allSettled(this.#working);
  }
}
