import { type Deadline, deadlineWheel, messageOf } from '@tutti/core';
import type { ConfirmChannel } from 'amqplib';
import { messagingError } from '../../errors.ts';
import { away } from './failures.ts';
import type { Link } from './link.ts';
import type { Outgoing } from './message.ts';

/** What the client calls a refusal; an unconfirmed message of a lost channel gets another error. */
const nacked = 'message nacked';

/** Publishes and waits until the broker has stored it: everything that is written goes through here. */
export class Publisher {
  readonly #link: Link;
  readonly #pending = new Set<Batch>();
  /** Batches by the ids of their messages that must find a queue: one that finds none comes back before it is confirmed. */
  readonly #returnable = new Map<string, Batch>();
  readonly #only: boolean;
  #channel: ConfirmChannel | undefined;
  #opening: Promise<ConfirmChannel> | undefined;

  /** @param only A channel to publish on, and no other when it is lost: for whoever may write only as long as his connection lasts. */
  constructor(link: Link, only?: ConfirmChannel) {
    this.#link = link;
    this.#only = only !== undefined;
    if (only) this.#use(only);
  }

  /**
   * Resolves when all are stored, in their order. When it rejects, any of them may be.
   * @throws MESSAGING_BACKPRESSURE for a broker that takes no more, STORE_UNAVAILABLE.
   */
  async publish(messages: readonly Outgoing[]): Promise<void> {
    if (messages.length === 0) return;
    const { blocked, name, runtime, patienceMs } = this.#link;
    if (blocked !== undefined) throw messagingError('MESSAGING_BACKPRESSURE', { bus: name, problem: `the broker is blocked: ${blocked}` });
    const channel = this.#channel ?? (await this.#open());
    return new Promise((resolve, reject) => {
      const batch = new Batch(messages.length, (error) => {
        this.#pending.delete(batch);
        for (const { options } of messages) if (options.mandatory === true) this.#returnable.delete(String(options.messageId));
        if (error === undefined) resolve();
        else reject(error);
      });
      this.#pending.add(batch);
      const late = (): void => batch.fail(away(name, `no confirmation within ${patienceMs} ms; it may be stored`, true));
      batch.deadline = deadlineWheel(runtime.clock).at(runtime.clock.now() + patienceMs, late);
      const confirmed = (error: unknown): void => {
        if (error === null || error === undefined) batch.confirmed();
        else if (messageOf(error) === nacked)
          batch.fail(messagingError('MESSAGING_BACKPRESSURE', { bus: name, problem: 'the broker refused a message: a queue is full' }));
        else batch.fail(away(name, 'the channel was lost before the confirmation; it may be stored', true, error));
      };
      try {
        for (const { exchange, key, content, options } of messages) {
          if (options.mandatory === true) this.#returnable.set(String(options.messageId), batch);
          channel.publish(exchange, key, content, options, confirmed);
        }
      } catch (error) {
        batch.fail(away(name, 'the channel is closed', true, error)); // the first of them may have gone
      }
    });
  }

  #open(): Promise<ConfirmChannel> {
    this.#opening ??= this.#make().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #make(): Promise<ConfirmChannel> {
    if (this.#only) throw away(this.#link.name, 'the connection was lost', false);
    return this.#use(await this.#link.confirmChannel());
  }

  #use(channel: ConfirmChannel): ConfirmChannel {
    const gone = (): void => {
      if (this.#channel !== channel) return;
      this.#channel = undefined;
      const error = away(this.#link.name, 'the channel was lost before the confirmation; it may be stored', true);
      for (const batch of this.#pending) batch.fail(error);
    };
    channel.on('error', gone);
    channel.on('close', gone);
    channel.on('return', ({ properties }) => {
      this.#returnable.get(String(properties.messageId))?.fail(away(this.#link.name, 'a queue of the subscription is gone', false));
    });
    this.#channel = channel;
    return channel;
  }
}

class Batch {
  deadline: Deadline | undefined;
  #missing: number;
  #done: ((error: unknown) => void) | undefined;

  constructor(missing: number, done: (error: unknown) => void) {
    this.#missing = missing;
    this.#done = done;
  }

  confirmed(): void {
    if (--this.#missing === 0) this.fail(undefined);
  }

  fail(error: unknown): void {
    const done = this.#done;
    this.#done = undefined;
    this.deadline?.cancel();
    done?.(error);
  }
}
