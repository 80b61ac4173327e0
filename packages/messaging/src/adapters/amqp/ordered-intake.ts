import { AckChannel } from './ack-channel.ts';
import { isMissing } from './failures.ts';
import type { FeedOptions } from './feed-parts.ts';
import type { Intake, IntakeEvents } from './intake.ts';
import type { WorkQueue } from './names.ts';
import { isEndOfPast } from './past.ts';
import { type EndOfPast, Source } from './source.ts';

/** Of each partition, at most so many unsettled here. */
const prefetch = 16;

/**
 * Takes from the partitions of an ordered subscription, each on a channel of its own: of all members that wait for a partition the broker serves one. A partition is
 * given up as a whole, with its channel: the broker takes back what was delivered on it, in its order, before it serves the next member.
 *
 * A partition that has a past (past.ts) gives that first.
 */
export class OrderedIntake implements Intake {
  readonly sources: readonly Source[];
  readonly #options: FeedOptions;
  readonly #events: IntakeEvents;
  #wanting: Promise<void> | undefined;

  constructor(options: FeedOptions, queues: readonly WorkQueue[], events: IntakeEvents) {
    this.#options = options;
    this.#events = events;
    this.sources = queues.map((queue) => new Source(queue));
  }

  want(): Promise<void> {
    this.flush();
    if (this.sources.every(({ line }) => line?.alive)) return Promise.resolve();
    this.#wanting ??= this.#open().finally(() => {
      this.#wanting = undefined;
    });
    return this.#wanting;
  }

  async park(): Promise<void> {}

  flush(): void {
    for (const { line } of this.sources) line?.flush();
  }

  acknowledged(source: Source): void {
    if (source.end !== undefined) this.#endPast(source, source.end);
  }

  /** Gives up a partition; others get what was delivered here. */
  async surrender(source: Source): Promise<void> {
    const { line } = source;
    source.line = undefined;
    source.end = undefined;
    source.drain();
    await line?.close();
  }

  async close(): Promise<void> {
    await this.#wanting?.catch(() => {}); // told to whoever asked
    await Promise.all(this.sources.map((source) => this.surrender(source)));
  }

  async #open(): Promise<void> {
    const { topology, subscription } = this.#options;
    await topology.declare(subscription);
    await topology.bind(subscription);
    await Promise.all(this.sources.map((source) => (source.line?.alive ? undefined : this.#consume(source))));
  }

  async #consume(source: Source): Promise<void> {
    const { pasts, subscription } = this.#options;
    const past = await pasts.queueOf(subscription, source.work);
    try {
      await this.#consumeFrom(source, past ?? source.work.queue);
    } catch (error) {
      if (past === undefined || !isMissing(error)) throw error;
      await this.#consumeFrom(source, source.work.queue); // it was over just now
    }
  }

  async #consumeFrom(source: Source, queue: string): Promise<void> {
    const { consuming } = this.#options;
    const line = new AckChannel(await consuming.channel(), () => {
      if (source.line === line) {
        source.line = undefined;
        source.end = undefined;
        source.drain();
      }
      this.#events.lost(line);
    });
    source.line = line;
    const { channel } = line;
    await consuming.answered(channel.prefetch(prefetch));
    const consume = channel.consume(queue, (message) => {
      if (!line.alive) return;
      if (message === null) return void this.surrender(source).then(() => this.#events.ended());
      line.delivered(message.fields.deliveryTag);
      if (isEndOfPast(message)) {
        source.end = { queue, tag: message.fields.deliveryTag };
        return this.#endPast(source, source.end);
      }
      this.#events.arrived(source, line, message);
    });
    await consuming.answered(consume);
  }

  /** The mark itself is never acknowledged: who dies before the queue is gone leaves it to the next. */
  #endPast(source: Source, { queue, tag }: EndOfPast): void {
    const { line } = source;
    if (!line?.alive || !line.isOldest(tag)) return;
    source.end = undefined;
    line.flush();
    // the broker then ends the consumers of all members, who go on with what came by itself
    this.#options.consuming.answered(line.channel.deleteQueue(queue)).catch(() => this.surrender(source).then(() => this.#events.ended()));
  }
}
