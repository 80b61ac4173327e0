import { exponential, type Repeating, type Runtime, repeat, sleep, type Timer } from '@tutti/core';
import type { Connection } from './connection.ts';
import type { Connections } from './connections.ts';

const backoff = exponential({ initial: '50ms', max: '2s', jitter: 0.5 });
const watchdogMs = 5_000;
/** How far apart what is told to other processes is at least. */
const quietMs = 50;

/**
 * Tells processes of each other's changes. A notification takes a lock of the whole server when it is committed, so none is part of a checkpoint: what changed is told afterwards,
 * many changes at once, over the connection that also listens. That connection is made again for ever; what was said while it was away is
 * made up for by ringing when it is back.
 */
export class Bell {
  readonly #connections: Connections;
  readonly #runtime: Runtime;
  readonly #channel: string;
  /** Who says it, to know one's own voice. */
  readonly #self: string;
  readonly #listeners: Set<() => void>;
  readonly #ending = new AbortController();
  #connection: Connection | undefined;
  #watchdog: Repeating | undefined;
  #reconnecting: Promise<void> | undefined;
  #telling: Promise<void> | undefined;
  #timer: Timer | undefined;
  #toldAt = Number.NEGATIVE_INFINITY;
  #hasNews = false;

  constructor(options: {
    readonly connections: Connections;
    readonly runtime: Runtime;
    readonly channel: string;
    readonly self: string;
    readonly listeners: Set<() => void>;
  }) {
    this.#connections = options.connections;
    this.#runtime = options.runtime;
    this.#channel = options.channel;
    this.#self = options.self;
    this.#listeners = options.listeners;
  }

  /** @throws STORE_UNAVAILABLE */
  async begin(): Promise<void> {
    await this.#listen();
    const options = { name: `watching ${this.#channel}`, intervalMs: watchdogMs, jitter: 0.1 };
    // a connection may be open and mute; an answer proves that it is not
    this.#watchdog = repeat(this.#runtime, options, async () => void (await this.#connection?.ask({ text: 'SELECT 1' }).catch(() => {})));
  }

  /** Those here hear it at once, others soon. */
  ring(): void {
    for (const listener of [...this.#listeners]) listener();
    this.#hasNews = true;
    this.#tellSoon();
  }

  /** Tells what is left to be told, and ends. */
  async end(): Promise<void> {
    this.#timer?.cancel();
    await this.#telling;
    if (this.#hasNews) await this.#tell();
    this.#ending.abort();
    await this.#watchdog?.stop();
    await this.#reconnecting;
    this.#connection?.release(true);
    this.#connection = undefined;
  }

  #tellSoon(): void {
    if (this.#timer || this.#telling || this.#ending.signal.aborted) return;
    const { clock } = this.#runtime;
    const waitMs = Math.max(0, this.#toldAt + quietMs - clock.now());
    this.#timer = clock.after(waitMs, () => {
      this.#timer = undefined;
      this.#telling = this.#tell().finally(() => {
        this.#telling = undefined;
        if (this.#hasNews && this.#connection) this.#tellSoon();
      });
    });
    this.#timer.unref();
  }

  async #tell(): Promise<void> {
    const connection = this.#connection;
    if (!connection) return; // told when there is one again
    this.#hasNews = false;
    this.#toldAt = this.#runtime.clock.now();
    try {
      await connection.ask({ text: 'SELECT pg_notify($1, $2)', values: [this.#channel, this.#self] });
    } catch {
      this.#hasNews = true; // the connection is lost, or the queue of the server is full
    }
  }

  async #listen(): Promise<void> {
    const connection = await this.#connections.connect();
    try {
      connection.onNotification(({ channel, payload }) => {
        if (channel !== this.#channel || payload === this.#self) return;
        for (const listener of [...this.#listeners]) listener();
      });
      await connection.ask({ text: `LISTEN "${this.#channel}"` });
      connection.onLost(() => this.#lost(connection));
    } catch (error) {
      connection.release(true);
      throw error;
    }
    if (this.#ending.signal.aborted) return connection.release(true);
    this.#connection = connection;
  }

  #lost(connection: Connection): void {
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    this.#reconnecting ??= this.#reconnect().finally(() => {
      this.#reconnecting = undefined;
    });
  }

  async #reconnect(): Promise<void> {
    const { clock, random } = this.#runtime;
    const { signal } = this.#ending;
    for (let failures = 1; !signal.aborted && !this.#connection; failures++) {
      try {
        await sleep(clock, backoff.delayMs(failures, random), { signal, background: true });
        await this.#listen();
      } catch {
        // tried again; whoever asks for something is told
      }
    }
    if (!signal.aborted) this.ring();
  }
}
