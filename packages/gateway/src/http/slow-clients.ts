import type { Socket } from 'node:net';
import { type Repeating, Roster, type Runtime, repeat } from '@tutti/core';
import { gatewayError } from '../errors.ts';
import type { RequestBody } from './request-body.ts';

export interface SlowClientsOptions {
  /** Bytes a second that a client must send while its body is waited for, and take while an answer waits for it. 0: no matter how slow. */
  readonly minBytesPerSecond: number;
  /** How long a client may be slower than that. */
  readonly graceMs: number;
  readonly runtime: Runtime;
}

type WatchedBody = Pick<RequestBody, 'starved' | 'received' | 'destroy'>;

/** A client that is watched: for one request, or for all that come on a connection, one after the other. */
export interface WatchedClient {
  readonly socket: Pick<Socket, 'bytesWritten' | 'writableLength' | 'destroy'>;
  /** What is being received of it. */
  readonly body: WatchedBody | undefined;
}

/** A time in which the client alone is waited for, and how far it was when that began. */
interface Wait {
  readonly since: number;
  readonly bytes: number;
  /** Bytes that waited for the client then. */
  readonly pending: number;
}

interface Watch {
  readonly client: WatchedClient;
  sending: (Wait & { readonly body: WatchedBody }) | undefined;
  taking: Wait | undefined;
}

/** A grace is at most this many looks long too early or too late. */
const looksPerGrace = 5;

/**
 * Gives up clients that hold places by being slow on purpose. Only the time counts in which nobody is waited for but the client: not while
 * a service is slow to take a body or to answer, not while a stream has nothing to say. A body that comes too slowly is refused with 408;
 * of an answer that is taken too slowly nothing can be said any more, and its connection is closed.
 */
export class SlowClients {
  readonly #options: SlowClientsOptions;
  readonly #watches = new Roster<Watch>();
  #looking: Repeating | undefined;

  constructor(options: SlowClientsOptions) {
    this.#options = options;
  }

  /** No timer runs before. */
  start(): void {
    const { minBytesPerSecond, graceMs, runtime } = this.#options;
    if (minBytesPerSecond === 0) return;
    this.#looking ??= repeat(runtime, { name: 'the watch over slow clients', intervalMs: graceMs / looksPerGrace }, () => this.#look());
  }

  async stop(): Promise<void> {
    await this.#looking?.stop();
  }

  /** The returned function ends the watch. */
  watch(client: WatchedClient): () => void {
    const place = this.#watches.enter({ client, sending: undefined, taking: undefined });
    return () => this.#watches.leave(place);
  }

  #look(): void {
    const now = this.#options.runtime.clock.now();
    for (const watch of this.#watches.items) {
      this.#lookAtBody(watch, now);
      this.#lookAtAnswer(watch, now);
    }
  }

  #lookAtBody(watch: Watch, now: number): void {
    const { body } = watch.client;
    if (!body?.starved) {
      watch.sending = undefined;
      return;
    }
    if (watch.sending?.body !== body) watch.sending = { since: now, bytes: body.received, pending: 0, body };
    const { since, bytes } = watch.sending;
    const elapsedMs = now - since;
    if (elapsedMs < this.#options.graceMs) return;
    if (body.received - bytes < (this.#options.minBytesPerSecond * elapsedMs) / 1_000)
      body.destroy(gatewayError('GATEWAY_REQUEST_TOO_SLOW', {}));
    watch.sending = undefined;
  }

  /** The system takes bytes in large pieces, so a client has the time that all that waits for it takes at the least rate. */
  #lookAtAnswer(watch: Watch, now: number): void {
    const { socket } = watch.client;
    const pending = socket.writableLength;
    const taken = socket.bytesWritten - pending;
    if (pending === 0) {
      watch.taking = undefined;
      return;
    }
    watch.taking ??= { since: now, bytes: taken, pending };
    const { since, bytes, pending: owed } = watch.taking;
    if (now - since < this.#options.graceMs + (owed / this.#options.minBytesPerSecond) * 1_000) return;
    if (taken - bytes < owed) socket.destroy();
    watch.taking = undefined;
  }
}
