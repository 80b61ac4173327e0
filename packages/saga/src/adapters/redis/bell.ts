import type { RedisConnection } from '@tutti/core/redis';

/** Tells those who wait in this process at once, and those who wait elsewhere over the channel of the store. */
export class Bell {
  readonly #listeners = new Set<() => void>();
  #connection: RedisConnection | undefined;
  #channel = '';
  #off: (() => void)[] = [];

  readonly ring = (): void => {
    for (const listener of [...this.#listeners]) listener();
  };

  /** From now on it rings for other processes too, and whenever it may have missed something. */
  begin(connection: RedisConnection, channel: string): void {
    this.#connection = connection;
    this.#channel = channel;
    this.#hear();
  }

  end(): void {
    this.#connection = undefined;
    this.#leave();
  }

  watch(listener: () => void): () => void {
    const own = (): void => listener();
    this.#listeners.add(own);
    this.#hear();
    return () => {
      this.#listeners.delete(own);
      if (this.#listeners.size === 0) this.#leave();
    };
  }

  /** A channel costs a connection, so nobody hears it for nobody. */
  #hear(): void {
    if (!this.#connection || this.#off.length > 0 || this.#listeners.size === 0) return;
    this.#off = [this.#connection.subscribe(this.#channel, this.ring), this.#connection.onReady(this.ring)];
  }

  #leave(): void {
    for (const off of this.#off.splice(0)) off();
  }
}
