import { exponential, sleep } from '@tutti/core';
import type { Channel } from 'amqplib';
import { closeChannel } from './close-channel.ts';
import type { Link } from './link.ts';

const backoff = exponential({ initial: '50ms', max: '2s', jitter: 0.5 });

/** A channel that is set up again whenever it was lost, with its connection or alone, until it is closed. */
export class KeptChannel {
  readonly #link: Link;
  readonly #setUp: (channel: Channel) => Promise<void>;
  readonly #ending = new AbortController();
  #channel: Channel | undefined;
  #renewing: Promise<void> | undefined;

  constructor(link: Link, setUp: (channel: Channel) => Promise<void>) {
    this.#link = link;
    this.#setUp = setUp;
  }

  get current(): Channel | undefined {
    return this.#channel;
  }

  /** The first time; what fails then is not tried again. */
  async open(): Promise<void> {
    const channel = await this.#link.channel();
    channel.on('close', () => this.#lost(channel));
    channel.on('error', () => this.#lost(channel));
    await this.#link.answered(this.#setUp(channel));
    this.#channel = channel;
  }

  async close(): Promise<void> {
    this.#ending.abort();
    await this.#renewing;
    const channel = this.#channel;
    this.#channel = undefined;
    if (channel) await closeChannel(channel);
  }

  #lost(channel: Channel): void {
    if (this.#channel !== channel) return;
    this.#channel = undefined;
    if (!this.#ending.signal.aborted) this.#renewing ??= this.#renew();
  }

  async #renew(): Promise<void> {
    const { clock, random } = this.#link.runtime;
    const { signal } = this.#ending;
    for (let failures = 1; !signal.aborted && !this.#channel; failures++) {
      try {
        await sleep(clock, backoff.delayMs(failures, random), { signal });
        await this.open();
      } catch {
        // the link is looked for by itself; this is asked again when the pause is over
      }
    }
    this.#renewing = undefined;
  }
}
