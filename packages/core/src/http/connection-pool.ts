import { connect, type Socket } from 'node:net';
import { TuttiError } from '../errors/tutti-error.ts';
import type { Timer } from '../runtime/clock.ts';
import { deadlineWheel } from '../runtime/deadline-wheel.ts';
import { Fifo } from '../runtime/fifo.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Exchange } from './exchange.ts';
import { httpError } from './http-errors.ts';
import { type ConnectionOwner, Http1Connection } from './http1-connection.ts';

export interface ConnectionPoolOptions {
  readonly origin: string;
  readonly address: { readonly host: string; readonly port: number };
  readonly maxConnections: number;
  readonly connectMs: number;
  readonly idleMs: number;
  readonly maxAgeMs: number;
  readonly onConnected: (() => void) | undefined;
  readonly onConnectFailed: ((error: Error) => void) | undefined;
  readonly runtime: Pick<Runtime, 'clock' | 'random'>;
}

/** By how much sooner than the server an unused connection is closed, so that no request meets its end. */
const headStartMs = 1_000;

/** After which time without data the system asks whether the other side is still there. */
const probeMs = 60_000;

/** The connections to one server, and the requests that wait for one. */
export class ConnectionPool implements ConnectionOwner {
  readonly #options: ConnectionPoolOptions;
  /** All that have not been closed yet, whatever they do. */
  readonly #sockets = new Set<Socket>();
  readonly #open = new Set<Http1Connection>();
  /** Unused ones, the one used last at the end. */
  readonly #idle: Http1Connection[] = [];
  readonly #waiting = new Fifo<Exchange>();
  #connecting = 0;
  #sweep: Timer | undefined;
  #destroyed: PromiseWithResolvers<void> | undefined;
  #reason: Error | undefined;

  constructor(options: ConnectionPoolOptions) {
    this.#options = options;
  }

  get clock(): Runtime['clock'] {
    return this.#options.runtime.clock;
  }

  /** @returns whether there was room for it; else it waits for its turn. */
  take(exchange: Exchange): boolean {
    if (this.#reason) {
      exchange.failed(this.#reason);
      return true;
    }
    const connection = this.#unused();
    if (connection) {
      if (!connection.send(exchange)) this.#serve(connection, this.#options.runtime.clock.now());
      return true;
    }
    this.#waiting.push(exchange);
    const before = this.#connecting;
    this.#connectForWaiting();
    return this.#connecting > before;
  }

  destroy(reason: Error): Promise<void> {
    if (!this.#destroyed) {
      this.#destroyed = Promise.withResolvers();
      this.#reason = reason;
      this.#sweep?.cancel();
      for (const connection of [...this.#open]) connection.destroy(reason);
      for (const socket of this.#sockets) socket.destroy();
      for (let exchange = this.#waiting.shift(); exchange; exchange = this.#waiting.shift()) exchange.failed(reason);
      this.#settle();
    }
    return this.#destroyed.promise;
  }

  freed(connection: Http1Connection, keptForMs: number): void {
    const { clock } = this.#options.runtime;
    const now = clock.now();
    if (this.#reason || now >= connection.oldAt) {
      connection.close();
      return;
    }
    connection.expiresAt = now + Math.min(this.#options.idleMs, keptForMs - headStartMs);
    this.#serve(connection, now);
  }

  gone(connection: Http1Connection, switched?: Socket): void {
    this.#open.delete(connection);
    if (switched) this.#sockets.delete(switched);
    const index = this.#idle.lastIndexOf(connection);
    if (index !== -1) this.#idle.splice(index, 1);
    this.#letProcessEnd();
    this.#connectForWaiting();
    this.#settle();
  }

  lost(problem: string, cause?: Error): Error {
    return httpError('HTTP_CONNECTION_LOST', { origin: this.#options.origin, problem }, { cause });
  }

  malformed(problem: string): Error {
    return httpError('HTTP_MALFORMED_RESPONSE', { origin: this.#options.origin, problem });
  }

  /** Sends the oldest request that waits and is still wanted. Where there is none, the connection is kept. */
  #serve(connection: Http1Connection, now: number): void {
    for (let exchange = this.#waiting.shift(); exchange; exchange = this.#waiting.shift()) if (connection.send(exchange)) return;
    if (connection.expiresAt <= now) {
      connection.close();
      return;
    }
    this.#idle.push(connection);
    this.#letProcessEnd();
    this.#sweepLater();
  }

  #letProcessEnd(): void {
    if (this.#idle.length === this.#open.size) for (const each of this.#idle) each.reference(false);
  }

  #unused(): Http1Connection | undefined {
    if (this.#idle.length === 0) return undefined;
    const now = this.#options.runtime.clock.now();
    for (let last = this.#idle.pop(); last; last = this.#idle.pop()) {
      if (now < last.expiresAt && now < last.oldAt) return last;
      last.close();
    }
    return undefined;
  }

  /** One attempt for each that waits, as far as there is room. */
  #connectForWaiting(): void {
    while (!this.#reason && this.#waiting.size > this.#connecting && this.#open.size + this.#connecting < this.#options.maxConnections)
      this.#connect();
  }

  #connect(): void {
    const { address, connectMs, maxAgeMs, onConnected, onConnectFailed, origin, runtime } = this.#options;
    const socket = connect({ ...address, noDelay: true, keepAlive: true, keepAliveInitialDelay: probeMs });
    this.#connecting++;
    this.#sockets.add(socket);
    const giveUp = (): void => void socket.destroy(httpError('HTTP_TIMEOUT', { origin, phase: 'connecting', timeoutMs: connectMs }));
    const deadline = deadlineWheel(runtime.clock).at(runtime.clock.now() + connectMs, giveUp);
    let problem: Error | undefined;
    const failed = (error: Error): void => {
      // the sum of several failures has no message
      problem = TuttiError.is(error) ? error : this.lost(error.message || String((error as NodeJS.ErrnoException).code), error);
    };
    const closed = (): void => {
      deadline.cancel();
      this.#connecting--;
      if (this.#reason) return;
      const error = problem ?? this.lost('it was closed before it was made');
      onConnectFailed?.(error);
      this.#waiting.shift()?.failed(error);
      this.#connectForWaiting();
    };
    socket.once('error', failed).once('close', closed);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      this.#settle();
    });
    socket.once('connect', () => {
      deadline.cancel();
      socket.off('error', failed).off('close', closed);
      this.#connecting--;
      const connection = new Http1Connection(socket, this);
      connection.oldAt = runtime.clock.now() + maxAgeMs * (0.9 + 0.2 * runtime.random());
      this.#open.add(connection);
      onConnected?.();
      this.freed(connection, Number.POSITIVE_INFINITY);
    });
  }

  #sweepLater(): void {
    if (this.#sweep) return;
    const { clock } = this.#options.runtime;
    this.#sweep = clock.after(this.#options.idleMs / 2, () => {
      this.#sweep = undefined;
      const now = clock.now();
      for (const each of this.#idle.filter(({ expiresAt }) => now >= expiresAt)) each.close();
      if (this.#idle.length > 0) this.#sweepLater();
    });
    this.#sweep.unref();
  }

  #settle(): void {
    if (this.#sockets.size === 0) this.#destroyed?.resolve();
  }
}
