import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { durationMs, newTraceparent, type Repeating, type Runtime, repeat, sleep } from '@tutti/core';
import type { IncomingRequest } from '../http/exchange.ts';
import type { GatewayLimits } from '../http/limits.ts';
import type { ResponseSink } from '../http/response-sink.ts';
import { SlowClients, type WatchedClient } from '../http/slow-clients.ts';
import { problemHeaders, problemOf } from '../problem.ts';
import { Connections, refusedConnectionsMetric } from './connections.ts';
import { type ConnectionHouse, DoorConnection } from './door-connection.ts';
import { fieldLines, statusLine } from './response-head.ts';

export interface HttpDoorOptions {
  /** Must not reject: every failure is an answer. */
  readonly serve: (request: IncomingRequest, response: ResponseSink) => Promise<void>;
  /** Whether any route knows this protocol, so that a connection may become one of it. */
  readonly knows: (protocol: string) => boolean;
  /** Where to ask whether requests should be sent here, and what the answer is. */
  readonly readiness: { readonly path: string | undefined; isReady(): boolean };
  /** Whose connections carry requests of many clients. */
  readonly isProxy: (address: string) => boolean;
  readonly limits: Required<GatewayLimits>;
  readonly runtime: Runtime;
}

/** A timeout is noticed at most this part of it too late, and no sooner than after `leastLookMs`. */
const looksPerTimeout = 4;
const leastLookMs = 10;
const mostLookMs = 1_000;

/** One listening HTTP/1.1 server. */
export class HttpDoor implements ConnectionHouse {
  readonly clock: Runtime['clock'];
  readonly maxHeaderBytes: number;
  readonly maxBodyBytes: number;
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly staysOpenLines: string;
  readonly knows: (protocol: string) => boolean;
  readonly #options: HttpDoorOptions;
  readonly #server: Server;
  readonly #connections: Connections<DoorConnection>;
  readonly #slow: SlowClients;
  readonly #lookMs: number;
  #idleTimeoutMs: number;
  #looking: Repeating | undefined;
  #coarseNow: number;
  #isStopping = false;
  #closed: Promise<void> | undefined;

  constructor(options: HttpDoorOptions) {
    this.#options = options;
    const { limits, isProxy, runtime, knows } = options;
    const { metrics } = runtime.telemetry;
    this.clock = runtime.clock;
    this.knows = knows;
    this.maxHeaderBytes = limits.maxHeaderBytes;
    this.maxBodyBytes = limits.maxBodyBytes;
    this.headersTimeoutMs = durationMs(limits.headersTimeout);
    this.requestTimeoutMs = durationMs(limits.requestTimeout);
    this.#idleTimeoutMs = durationMs(limits.idleTimeout);
    this.staysOpenLines = `connection: keep-alive\r\nkeep-alive: timeout=${Math.floor(this.#idleTimeoutMs / 1_000)}\r\n`;
    const shortest = Math.min(this.headersTimeoutMs, this.requestTimeoutMs, this.#idleTimeoutMs);
    this.#lookMs = Math.min(mostLookMs, Math.max(leastLookMs, shortest / looksPerTimeout));
    this.#coarseNow = this.clock.now();
    this.#connections = new Connections({ maxPerClient: limits.maxConnectionsPerClient, isProxy, metrics });
    this.#slow = new SlowClients({ minBytesPerSecond: limits.minBytesPerSecond, graceMs: durationMs(limits.slowGrace), runtime });
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
      this.#connections.take(socket, (taken) => new DoorConnection(taken, this)),
    );
    this.#server.maxConnections = limits.maxConnections;
    this.#server.on('drop', () => metrics?.count(refusedConnectionsMetric, 1, { reason: 'door' }));
  }

  get coarseNow(): number {
    return this.#coarseNow;
  }

  get idleTimeoutMs(): number {
    return this.#idleTimeoutMs;
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** Resolves with the port when connections are taken; rejects with the system's error when they cannot be. */
  async listen(port: number, host: string): Promise<number> {
    this.#server.listen(port, host);
    await once(this.#server, 'listening');
    this.#slow.start();
    this.#looking = repeat(this.#options.runtime, { name: 'the watch over connections', intervalMs: this.#lookMs }, () => this.#look());
    return (this.#server.address() as AddressInfo).port;
  }

  /** Answers what is under way and what still comes, for the last time on each connection, then closes all. Shared. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  serve(request: IncomingRequest, response: ResponseSink): void {
    if (this.#tellsReadiness(request, response)) return;
    void this.#options.serve(request, response); // it does not reject
  }

  refusal(error: Error): string {
    const problem = problemOf(error, newTraceparent(this.#options.runtime));
    const body = JSON.stringify(problem);
    const headers = [...problemHeaders(error), 'content-length', String(Buffer.byteLength(body)), 'connection', 'close'];
    return `${statusLine(problem.status)}${fieldLines(headers)}\r\n${body}`;
  }

  watch(client: WatchedClient): () => void {
    return this.#slow.watch(client);
  }

  failed(error: unknown): void {
    this.#options.runtime.logger.log('error', 'gateway: a connection was closed because of a fault of the gateway', { error });
  }

  async #close(): Promise<void> {
    const { lameDuck, drainTimeout } = this.#options.limits;
    this.#isStopping = true;
    const { open } = this.#connections;
    const patienceMs = durationMs(lameDuck);
    if (patienceMs > 0) await sleep(this.clock, patienceMs);
    this.#server.close();
    this.#idleTimeoutMs = 0; // for those whose answer has said before that they stay open
    for (const connection of open.items) connection.closeIfIdle();
    await open.empty(this.clock, durationMs(drainTimeout));
    for (const { socket } of [...open.items]) socket.destroy();
    await Promise.all([this.#slow.stop(), this.#looking?.stop()]);
  }

  #look(): void {
    this.#coarseNow = this.clock.now();
    for (const connection of this.#connections.open.items) connection.look(this.#lookMs);
  }

  /** Beside the routes: whoever asks it must not need a token, and must not be counted, limited or turned away. */
  #tellsReadiness({ target, method }: IncomingRequest, response: ResponseSink): boolean {
    const { path, isReady } = this.#options.readiness;
    if (path === undefined || target !== path || (method !== 'GET' && method !== 'HEAD')) return false;
    const isOpen = !this.#isStopping && isReady();
    const body = Buffer.from(isOpen ? 'ready' : 'not ready');
    response.begin(isOpen ? 200 : 503, ['content-type', 'text/plain', 'cache-control', 'no-store', 'content-length', String(body.length)]);
    response.end(body);
    return true;
  }
}
