import type { Runtime } from '../../runtime/runtime.ts';
import type { RedisClient } from './redis-client.ts';

/** Listeners to channels, on a connection of their own: one that is subscribed can do nothing else. It is made when first needed. */
export class RedisSubscriptions {
  readonly #connect: () => Promise<RedisClient>;
  readonly #runtime: Runtime;
  readonly #listeners = new Map<string, Set<() => void>>();
  #client: Promise<RedisClient> | undefined;
  #closed = false;

  constructor(connect: () => Promise<RedisClient>, runtime: Runtime) {
    this.#connect = connect;
    this.#runtime = runtime;
  }

  add(channel: string, listener: () => void): () => void {
    let heard = this.#listeners.get(channel);
    if (!heard) {
      heard = new Set();
      this.#listeners.set(channel, heard);
      void this.#with(async (client) => {
        await client.subscribe(channel);
        this.#ring(channel);
      });
    }
    heard.add(listener);
    return () => {
      if (!heard.delete(listener) || heard.size > 0) return;
      this.#listeners.delete(channel);
      void this.#with((client) => client.unsubscribe(channel));
    };
  }

  close(): void {
    this.#closed = true;
    void this.#client?.then((client) => client.disconnect()).catch(() => undefined);
  }

  /** A subscription is a shortcut; whoever needs certainty looks for himself too. So a failure is a line in the log. */
  async #with(act: (client: RedisClient) => Promise<unknown>): Promise<void> {
    if (this.#closed) return;
    try {
      this.#client ??= this.#open();
      await act(await this.#client);
    } catch (error) {
      this.#client = undefined;
      if (!this.#closed) this.#runtime.logger.log('warn', 'a Redis channel is not heard; changes are noticed by looking', { error });
    }
  }

  /** ioredis subscribes again by itself when its connection is back. */
  async #open(): Promise<RedisClient> {
    const client = await this.#connect();
    client.on('message', (channel) => this.#ring(String(channel)));
    client.on('ready', () => {
      for (const channel of this.#listeners.keys()) this.#ring(channel);
    });
    return client;
  }

  /** For a message, and where some may have been missed. */
  #ring(channel: string): void {
    for (const listener of this.#listeners.get(channel) ?? []) listener();
  }
}
