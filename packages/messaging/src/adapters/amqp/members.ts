import { randomUUID } from 'node:crypto';
import { sleep } from '@tutti/core';
import type { Channel, ConsumeMessage } from 'amqplib';
import { decodeEvent } from '../../transport/encoded-event.ts';
import { KeptChannel } from './kept-channel.ts';
import type { Link } from './link.ts';
import type { Names } from './names.ts';

/** What a member can be asked by the others. */
export type Question = { readonly kind: 'in hand' } | { readonly kind: 'forgotten'; readonly life: string };

const patienceMs = 1_000;

/** What only the members know, the broker not: they ask each other. One that does not answer within a second is passed over. */
export class Members {
  readonly #link: Link;
  readonly #names: Names;
  readonly #answer: (question: Question) => unknown;
  readonly #asking = new Map<string, (answer: unknown) => void>();
  readonly #channel: KeptChannel;
  #own = '';

  constructor(link: Link, names: Names, answer: (question: Question) => unknown) {
    this.#link = link;
    this.#names = names;
    this.#answer = answer;
    this.#channel = new KeptChannel(link, (channel) => this.#setUp(channel));
  }

  open(): Promise<void> {
    return this.#channel.open();
  }

  close(): Promise<void> {
    return this.#channel.close();
  }

  /** Answers of all members, also of this one. */
  async ask(question: Question): Promise<readonly unknown[]> {
    const channel = this.#channel.current;
    if (!channel) return [this.#answer(question)];
    const { consumerCount } = await this.#link.using((scratch) => scratch.checkQueue(this.#names.presence));
    const answers: unknown[] = [];
    const id = randomUUID();
    const complete = new AbortController();
    this.#asking.set(id, (answer) => {
      answers.push(answer);
      if (answers.length >= consumerCount) complete.abort();
    });
    try {
      channel.publish(this.#names.members, '', Buffer.from(JSON.stringify(question)), { correlationId: id, replyTo: this.#own });
      await sleep(this.#link.runtime.clock, patienceMs, { signal: complete.signal }).catch(() => {}); // all have answered
      return answers;
    } finally {
      this.#asking.delete(id);
    }
  }

  async #setUp(channel: Channel): Promise<void> {
    const { queue } = await channel.assertQueue('', { exclusive: true, autoDelete: true });
    this.#own = queue;
    await channel.bindQueue(queue, this.#names.members, '');
    await channel.consume(queue, (message) => message && this.#hear(channel, message), { noAck: true });
    await channel.consume(this.#names.presence, () => {}, { noAck: true }); // only to be counted: nothing is published there
  }

  #hear(channel: Channel, { content, properties }: ConsumeMessage): void {
    const { correlationId, replyTo } = properties;
    const said = decodeEvent(content.toString());
    if (typeof replyTo !== 'string') {
      this.#asking.get(String(correlationId))?.(said);
      return;
    }
    const answer = Buffer.from(JSON.stringify(this.#answer(said as Question) ?? null));
    if (this.#channel.current === channel) channel.sendToQueue(replyTo, answer, { correlationId: String(correlationId) });
  }
}
