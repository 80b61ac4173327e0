import { Fifo } from '@tutti/core';
import type { ConsumeMessage } from 'amqplib';
import type { AckChannel } from './ack-channel.ts';
import type { Notes } from './message.ts';
import type { WorkQueue } from './names.ts';

/** A message that came, in the hands of its feed. */
export interface Arrived {
  readonly source: Source;
  readonly line: AckChannel;
  readonly message: ConsumeMessage;
  readonly notes: Notes;
  readonly attempt: number;
  readonly takenOver: boolean;
  /** Not handed out before: by the clock of the runtime. */
  readonly notBefore: number;
}

/** The mark behind a past, delivered on the line of its source. */
export interface EndOfPast {
  readonly queue: string;
  readonly tag: number;
}

/** What a feed takes from one of its queues. */
export class Source {
  readonly work: WorkQueue;
  line: AckChannel | undefined;
  /** Of the past that is consumed, when it was delivered. */
  end: EndOfPast | undefined;
  consumerTag: string | undefined;
  /** How many more the broker sends before something is acknowledged. */
  free = 0;
  /** Something is about to come, until then, by the clock of the runtime. */
  expectedUntil = 0;
  readonly #waiting = new Fifo<Arrived>();
  /** Given back by the member and to be handed out again before anything else, by tag. */
  #again: Arrived[] = [];

  constructor(work: WorkQueue) {
    this.work = work;
  }

  get size(): number {
    return this.#waiting.size + this.#again.length;
  }

  push(arrived: Arrived): void {
    this.#waiting.push(arrived);
  }

  putBack(arrived: Arrived): void {
    const tag = (one: Arrived): number => one.message.fields.deliveryTag;
    this.#again.push(arrived);
    this.#again.sort((a, b) => tag(a) - tag(b));
  }

  /** The next, if it may be handed out. */
  peek(): Arrived | undefined {
    return this.#again[0] ?? this.#waiting.peek();
  }

  shift(now: number): Arrived | undefined {
    const first = this.peek();
    if (first === undefined || first.notBefore > now) return undefined;
    return this.#again.shift() ?? this.#waiting.shift();
  }

  /** Empties it. */
  drain(): Arrived[] {
    const all = [...this.#again];
    this.#again = [];
    for (let one = this.#waiting.shift(); one; one = this.#waiting.shift()) all.push(one);
    return all;
  }
}
