import { coreError, type DurabilityWarning, messageOf, sleep } from '@tutti/core';
import type { Channel, Options } from 'amqplib';
import { away, codeOf, isMissing } from './failures.ts';
import type { Link } from './link.ts';
import { bindingKeys, type Names, type SubscriptionName } from './names.ts';
import type { Registered } from './registry.ts';
import { type QueueKind, Settling } from './settling.ts';

export interface TopologyOptions {
  readonly queueType: 'quorum' | 'classic';
  readonly maxBacklog: number | undefined;
  readonly history: false | { readonly maxAgeMs: number; readonly maxBytes: number };
}

/** Makes queues and exchanges where they are missing, and looks at those that are there. */
export class Topology {
  readonly #link: Link;
  readonly #names: Names;
  readonly #options: TopologyOptions;
  readonly #weaker = new Set<string>();
  /** What was made here a moment ago. */
  readonly settling: Settling;

  constructor(link: Link, names: Names, options: TopologyOptions) {
    this.#link = link;
    this.settling = new Settling(link.runtime);
    this.#names = names;
    this.#options = options;
  }

  get warnings(): readonly DurabilityWarning[] {
    return Array.from(this.#weaker, (queue) => ({
      name: 'rabbitmq-classic-queue',
      message: `the queue ${queue} is a classic one, which keeps its messages on one node only: delete it when it is empty, and it is made as a quorum queue`,
    }));
  }

  /** What everything else needs. */
  async declareCommon(): Promise<void> {
    const { history } = this.#options;
    await this.#link.using(async (channel) => {
      await channel.assertExchange(this.#names.events, 'topic', { durable: true });
      await channel.assertExchange(this.#names.members, 'fanout', { durable: true });
      await channel.assertQueue(this.#names.presence, { durable: true });
    });
    await this.#queue(this.#names.registry, { 'x-queue-type': 'quorum' });
    if (history === false) return;
    const limits = { 'x-message-ttl': Math.ceil(history.maxAgeMs), 'x-max-length-bytes': history.maxBytes, 'x-overflow': 'drop-head' };
    await this.#queue(this.#names.history, { 'x-queue-type': 'quorum', ...limits });
    await this.#link.using((channel) => channel.bindQueue(this.#names.history, this.#names.events, '#'));
  }

  /** @throws STORE_UNSUPPORTED for a queue that is not durable. */
  async declare(subscription: Registered): Promise<void> {
    const { maxBacklog } = this.#options;
    const bounded = maxBacklog === undefined ? {} : { 'x-max-length': maxBacklog, 'x-overflow': 'reject-publish' };
    const single = subscription.partitions === undefined ? {} : { 'x-single-active-consumer': true };
    for (const { queue } of this.#names.work(subscription, subscription.partitions))
      await this.#queue(queue, { 'x-queue-type': this.#options.queueType, ...bounded, ...single });
    await this.#queue(this.#names.dead(subscription), { 'x-queue-type': this.#options.queueType });
  }

  /** A queue for what was stored before the subscription: not bounded, as it holds what the history held. */
  async declarePast(past: string): Promise<void> {
    await this.#queue(past, { 'x-queue-type': this.#options.queueType, 'x-single-active-consumer': true });
  }

  /** From when it resolves no event is missed. */
  async bind(subscription: Registered): Promise<void> {
    const { pattern, partitions } = subscription;
    await this.#link.using(async (channel) => {
      for (const work of this.#names.work(subscription, partitions))
        for (const key of bindingKeys(work, pattern, partitions)) await channel.bindQueue(work.queue, this.#names.events, key);
    });
  }

  async declareDelay(subscription: Registered, rungMs: number): Promise<void> {
    const queue = this.#names.delayed(rungMs, subscription);
    const exchange = this.#names.delays(rungMs);
    // at-least-once needs reject-publish; without it what comes back while its queue is away would be lost
    const safe = this.#options.queueType === 'quorum' ? { 'x-dead-letter-strategy': 'at-least-once', 'x-overflow': 'reject-publish' } : {};
    await this.#link.using((channel) => channel.assertExchange(exchange, 'direct', { durable: true }));
    const delay = { 'x-message-ttl': rungMs, 'x-dead-letter-exchange': '', ...safe };
    await this.#queue(queue, { 'x-queue-type': this.#options.queueType, ...delay }, 'delay');
    await this.#link.using(async (channel) => {
      for (const work of this.#names.work(subscription, subscription.partitions)) await channel.bindQueue(queue, exchange, work.queue);
    });
  }

  async remove(subscription: Registered): Promise<void> {
    const queues = this.#names.work(subscription, subscription.partitions).flatMap(({ queue, past = [] }) => [queue].concat(past));
    for (const rungMs of subscription.rungs) queues.push(this.#names.delayed(rungMs, subscription));
    await this.#link.using(async (channel) => {
      for (const queue of queues) await channel.deleteQueue(queue);
    });
  }

  /** Ready messages and consumers of a queue; undefined when there is none. */
  async look(queue: string): Promise<{ readonly messages: number; readonly consumers: number } | undefined> {
    try {
      const { messageCount, consumerCount } = await this.#link.using((channel) => channel.checkQueue(queue));
      return { messages: messageCount, consumers: consumerCount };
    } catch (error) {
      if (codeOf(error) === 404) return undefined;
      throw error;
    }
  }

  /**
   * The same of a queue that must not be taken for gone while it is merely down.
   * @throws STORE_UNAVAILABLE.
   */
  async lookForSure(queue: string): ReturnType<Topology['look']> {
    try {
      const { messageCount, consumerCount } = await this.#link.using((channel) => channel.checkQueue(queue));
      return { messages: messageCount, consumers: consumerCount };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw codeOf(error) === 404 ? away(this.#link.name, messageOf(error), false, error) : error;
    }
  }

  deadOf(name: SubscriptionName): string {
    return this.#names.dead(name);
  }

  /** One that is there with other arguments is used as it is, if it is durable. */
  async #queue(queue: string, args: Readonly<Record<string, unknown>>, kind: QueueKind = 'store'): Promise<void> {
    const isNew = args['x-queue-type'] === 'quorum' && (await this.look(queue)) === undefined;
    try {
      await this.#declared(queue, { durable: true, arguments: args });
      if (isNew) this.settling.made(queue, kind);
    } catch (error) {
      if (codeOf(error) !== 406) throw error;
      const problem = messageOf(error);
      if (
        !/inequivalent arg '(x-queue-type|x-max-|x-overflow|x-dead|x-message-ttl|x-single)/.test(problem) ||
        /current is.*stream/.test(problem)
      )
        throw coreError('STORE_UNSUPPORTED', {
          store: this.#link.name,
          problem: `the queue ${queue} is there and is not what is needed: ${problem}`,
        });
      if (problem.includes("'x-queue-type'")) {
        await this.#refuseTransient(queue);
        if ('x-single-active-consumer' in args)
          throw coreError('STORE_UNSUPPORTED', {
            store: this.#link.name,
            problem: `the queue ${queue} is there and is of another type: ${problem}`,
          });
        this.#weaker.add(queue);
      }
    }
  }

  /** A broker that has just started, or a cluster that elects, says for a moment that a queue is down. */
  async #declared(queue: string, options: Options.AssertQueue): Promise<void> {
    const { clock } = this.#link.runtime;
    const giveUpAt = clock.now() + this.#link.patienceMs;
    for (;;) {
      try {
        await this.#link.using((channel) => declareOn(channel, queue, options));
        return;
      } catch (error) {
        if (codeOf(error) !== 404) throw error;
        if (clock.now() > giveUpAt) throw away(this.#link.name, messageOf(error), false, error);
        await sleep(clock, 100);
      }
    }
  }

  /** The broker names only the first difference that it finds. */
  async #refuseTransient(queue: string): Promise<void> {
    try {
      await this.#link.using((channel) => declareOn(channel, queue, { durable: true }));
    } catch (error) {
      const problem = messageOf(error);
      if (problem.includes("'durable'"))
        throw coreError('STORE_UNSUPPORTED', {
          store: this.#link.name,
          problem: `the queue ${queue} is there and is lost when the broker restarts: ${problem}`,
        });
    }
  }
}

function declareOn(channel: Channel, queue: string, options: Options.AssertQueue): Promise<unknown> {
  return channel.assertQueue(queue, options);
}
