import type { Runtime } from '../../runtime/runtime.ts';
import { answerWithin } from './answer-within.ts';
import type { RedisClient } from './redis-client.ts';
import { isReplyError } from './redis-errors.ts';

/** Listeners to channels, on a connection of their own: one that is subscribed can do nothing else. It is made when first needed. */
export class RedisSubscriptions {
  readonly #make: () => Promise<RedisClient>;
  readonly #patienceMs: number;
  readonly #runtime: Runtime;
  readonly #listeners = new Map<string, Set<() => void>>();
  /** Channels that the server has confirmed on the connection that is open now. */
  readonly #heard = new Set<string>();
  #client: RedisClient | undefined;
  #making = false;
  #closed = false;

  /** @param make A client of our own, connected or not. */
  constructor(make: () => Promise<RedisClient>, patienceMs: number, runtime: Runtime) {
    this.#make = make;
    this.#patienceMs = patienceMs;
    this.#runtime = runtime;
  }

  add(channel: string, listener: () => void): () => void {
    let listeners = this.#listeners.get(channel);
    if (!listeners) {
      listeners = new Set();
      this.#listeners.set(channel, listeners);
      void this.look();
    }
    listeners.add(listener);
    return () => {
      if (!listeners.delete(listener) || listeners.size > 0 || this.#listeners.get(channel) !== listeners) return;
      this.#listeners.delete(channel);
      this.#heard.delete(channel);
      // a channel that goes on being heard costs a message that nobody listens to
      if (this.#client?.status === 'ready') this.#client.unsubscribe(channel).catch(() => undefined);
    };
  }

  /**
   * Makes sure of every channel: to subscribe again changes nothing and must be answered, so it also proves that the
   * connection is not mute. Never throws.
   */
  async look(): Promise<void> {
    if (this.#closed || this.#listeners.size === 0) return;
    if (this.#client?.status === 'end') this.#drop(this.#client);
    const client = this.#client;
    if (!client) await this.#open();
    else if (client.status === 'ready') await Promise.all([...this.#listeners.keys()].map((channel) => this.#hear(client, channel)));
  }

  close(): void {
    this.#closed = true;
    if (this.#client) this.#drop(this.#client);
  }

  /** Waits for nothing but its own connection: that one is tried again by itself, and whoever is there when it is ready is heard. */
  async #open(): Promise<void> {
    if (this.#making) return;
    this.#making = true;
    try {
      const client = await this.#make();
      if (this.#closed) return client.disconnect();
      this.#client = client;
      client.on('message', (channel) => this.#ring(String(channel)));
      client.on('close', () => this.#heard.clear());
      client.on('ready', () => void this.look());
      if (client.status === 'wait') await client.connect();
      else if (client.status === 'ready') void this.look();
    } catch (error) {
      this.#warn(error);
    } finally {
      this.#making = false;
    }
  }

  async #hear(client: RedisClient, channel: string): Promise<void> {
    try {
      await answerWithin(this.#runtime.clock, this.#patienceMs, client.subscribe(channel), () => new Error('no answer'));
      if (client !== this.#client || !this.#listeners.has(channel) || this.#heard.has(channel)) return;
      this.#heard.add(channel);
      this.#ring(channel); // something may have been said before
    } catch (error) {
      this.#warn(error);
      if (client === this.#client && !isReplyError(error)) this.#drop(client);
    }
  }

  /** The next look makes another one. */
  #drop(client: RedisClient): void {
    this.#client = undefined;
    this.#heard.clear();
    client.disconnect();
  }

  /** A subscription is a shortcut; whoever needs certainty looks for himself too. So a failure is a line in the log. */
  #warn(error: unknown): void {
    if (!this.#closed) this.#runtime.logger.log('warn', 'a Redis channel is not heard; changes are noticed by looking', { error });
  }

  #ring(channel: string): void {
    for (const listener of this.#listeners.get(channel) ?? []) listener();
  }
}
