import { AckChannel } from './ack-channel.ts';
import type { FeedOptions } from './feed-parts.ts';
import type { Intake, IntakeEvents } from './intake.ts';
import type { WorkQueue } from './names.ts';
import { Source } from './source.ts';

/** How many more than were asked for may be on their way before consumers are set up anew. */
const tolerance = 4;
const mostAtOnce = 2_000;
/** A queue that sent all it was asked for has more, most likely, and sends it within this time. */
const answerMs = 10;

/**
 * Takes from the queues of the levels on one channel, as much as is asked for: what nobody asked for would lie here while other
 * members have nothing to do, and would count as a delivery when this one dies.
 */
export class SharingIntake implements Intake {
  readonly sources: readonly Source[];
  readonly #options: FeedOptions;
  readonly #events: IntakeEvents;
  #line: AckChannel | undefined;
  #shaping: Promise<unknown> = Promise.resolve();

  constructor(options: FeedOptions, queues: readonly WorkQueue[], events: IntakeEvents) {
    this.#options = options;
    this.#events = events;
    this.sources = queues.map((queue) => new Source(queue));
  }

  /** Resolves when the broker knows that so many are wanted. */
  want(max: number): Promise<void> {
    this.flush();
    const asked = Math.min(max, mostAtOnce);
    if (this.#line?.alive && !this.sources.some((source) => isWrong(source, asked))) return Promise.resolve();
    return this.#inTurn(() => this.#shape(asked));
  }

  /** Nobody asks: nothing more is sent. */
  park(): Promise<void> {
    return this.#inTurn(() => this.#cancel(this.sources));
  }

  flush(): void {
    this.#line?.flush();
  }

  async close(): Promise<void> {
    await this.park().catch(() => {}); // lost: there is nothing to park
    await this.#line?.close();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#shaping.then(work, work);
    this.#shaping = turn.catch(() => {}); // told to whoever asked
    return turn;
  }

  async #shape(asked: number): Promise<void> {
    const line = this.#line?.alive ? this.#line : await this.#open();
    const wrong = this.sources.filter((source) => isWrong(source, asked));
    if (wrong.length === 0) return;
    const { consuming } = this.#options;
    const consumed = async (): Promise<void> => {
      await Promise.all([this.#cancel(wrong), line.channel.prefetch(asked), ...wrong.map((source) => this.#consume(line, source, asked))]);
    };
    await consuming.answered(consumed());
  }

  async #consume(line: AckChannel, source: Source, asked: number): Promise<void> {
    const consumerTag = `${source.work.queue} ${++this.#consumers}`;
    source.consumerTag = consumerTag;
    source.free = asked;
    await line.channel.consume(
      source.work.queue,
      (message) => {
        if (!line.alive) return;
        if (message === null) {
          if (source.consumerTag === consumerTag) source.consumerTag = undefined; // the broker has ended it: the queue moves, or is gone
          return this.#events.ended();
        }
        line.delivered(message.fields.deliveryTag);
        source.expectedUntil = 0;
        if (source.consumerTag === consumerTag) source.free--;
        this.#events.arrived(source, line, message);
      },
      { consumerTag },
    );
  }
  #consumers = 0;

  async #cancel(sources: readonly Source[]): Promise<void> {
    const line = this.#line;
    if (!line?.alive) return;
    const cancelled = sources.flatMap((source) => {
      const { consumerTag } = source;
      source.consumerTag = undefined;
      return consumerTag === undefined ? [] : [line.channel.cancel(consumerTag)];
    });
    await this.#options.consuming.answered(Promise.all(cancelled));
  }

  /** What was acknowledged makes room for as much, if its consumer is still there. */
  acknowledged(source: Source, consumerTag: string, now: number): void {
    if (source.consumerTag !== consumerTag) return;
    if (source.free === 0) source.expectedUntil = now + answerMs;
    source.free++;
  }

  async #open(): Promise<AckChannel> {
    const { consuming, topology, subscription } = this.#options;
    await topology.declare(subscription);
    await topology.bind(subscription);
    const line = new AckChannel(await consuming.channel(), () => this.#lost(line));
    this.#line = line;
    return line;
  }

  #lost(line: AckChannel): void {
    if (this.#line !== line) return;
    this.#line = undefined;
    for (const source of this.sources) source.consumerTag = undefined;
    this.#events.lost(line);
  }
}

function isWrong({ consumerTag, free }: Source, asked: number): boolean {
  return consumerTag === undefined || free < 1 || free > asked * tolerance;
}
