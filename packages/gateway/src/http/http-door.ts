import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Clock, durationMs, newTraceparent, type Runtime, sleep, TuttiError } from '@tutti/core';
import { gatewayError } from '../errors.ts';
import { problemHeaders, problemOf } from '../problem.ts';
import { Connections, refusedConnectionsMetric } from './connections.ts';
import type { IncomingRequest } from './exchange.ts';
import type { GatewayLimits } from './limits.ts';
import { lingerAtEnd } from './linger.ts';
import { nodeRequest } from './node-request.ts';
import { NodeResponse } from './node-response.ts';
import type { ResponseSink } from './response-sink.ts';
import { SlowClients } from './slow-clients.ts';
import { offeredProtocol, UpgradeResponse, upgradeOf } from './upgrade-response.ts';

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

/** A longer rest of a request that was answered early costs its connection, which is cheaper than reading it for nothing. */
const drainedBytes = 65_536;

/** One listening HTTP/1.1 server. */
export class HttpDoor {
  readonly #options: HttpDoorOptions;
  readonly #server: Server;
  readonly #connections: Connections;
  readonly #slow: SlowClients;
  /** How many answers have not ended, by socket: requests may come before the answers to earlier ones. */
  readonly #unanswered = new WeakMap<Duplex, { count: number }>();
  #stopping = false;
  #closed: Promise<void> | undefined;

  constructor(options: HttpDoorOptions) {
    this.#options = options;
    const { limits, isProxy, runtime } = options;
    const { metrics } = runtime.telemetry;
    this.#connections = new Connections({ maxPerClient: limits.maxConnectionsPerClient, isProxy, metrics });
    this.#slow = new SlowClients({ minBytesPerSecond: limits.minBytesPerSecond, graceMs: durationMs(limits.slowGrace), runtime });
    this.#server = createServer({
      maxHeaderSize: limits.maxHeaderBytes,
      headersTimeout: durationMs(limits.headersTimeout),
      requestTimeout: durationMs(limits.requestTimeout),
      keepAliveTimeout: durationMs(limits.idleTimeout),
      connectionsCheckingInterval: Math.max(1_000, durationMs(limits.headersTimeout) / 2),
      shouldUpgradeCallback: (message) => this.#mayUpgrade(message),
      optimizeEmptyRequests: true,
      requireHostHeader: false, // asked for later, where the refusal can be a problem
    });
    this.#server.maxHeadersCount = 0; // a limit would drop headers in silence; their size is limited
    this.#server.on('request', (message, response) => this.#take(message, response, false));
    this.#server.on('checkContinue', (message, response) => this.#take(message, response, true));
    this.#server.on('checkExpectation', (message, response) => this.#take(message, response, false));
    this.#server.on('upgrade', (message, _socket, head) => this.#takeUpgrade(message, head));
    this.#server.on('connect', (_message, socket) => this.#say(socket, noTunnels()));
    this.#server.on('clientError', (error, socket) => this.#refuse(error, socket));
    this.#server.maxConnections = limits.maxConnections;
    this.#server.on('drop', () => metrics?.count(refusedConnectionsMetric, 1, { reason: 'door' }));
    this.#server.on('connection', (socket) => this.#connections.take(socket));
  }

  /** Resolves with the port when connections are taken; rejects with the system's error when they cannot be. */
  async listen(port: number, host: string): Promise<number> {
    this.#server.listen(port, host);
    await once(this.#server, 'listening');
    this.#slow.start();
    return (this.#server.address() as AddressInfo).port;
  }

  /** Answers what is under way and what still comes, for the last time on each connection, then closes all. Shared. */
  close(): Promise<void> {
    this.#closed ??= this.#close(this.#options.runtime.clock);
    return this.#closed;
  }

  async #close(clock: Clock): Promise<void> {
    const { lameDuck, drainTimeout } = this.#options.limits;
    this.#stopping = true;
    const { open } = this.#connections;
    const patienceMs = durationMs(lameDuck);
    if (patienceMs > 0) await sleep(clock, patienceMs);
    this.#server.close(); // those that are idle with it
    await open.empty(clock, durationMs(drainTimeout));
    for (const socket of open.items) socket.destroy();
    await this.#slow.stop();
  }

  #take(message: IncomingMessage, response: ServerResponse<IncomingMessage>, expectsContinue: boolean): void {
    const { socket } = message;
    if (!socket.writable) {
      socket.destroy(); // it has had its last answer, and lingers
      return;
    }
    if (this.#tellsReadiness(message, response)) return;
    const unanswered = this.#unansweredOn(socket);
    unanswered.count++;
    const onClosed = (): void => {
      forget();
      unanswered.count--;
      if (this.#stopping && !this.#server.listening) this.#server.closeIdleConnections();
    };
    const request = nodeRequest(message, {
      maxBodyBytes: this.#options.limits.maxBodyBytes,
      waiting: expectsContinue ? response : undefined,
    });
    const forget = this.#slow.watch({ socket, body: request.body });
    const isLast = (): boolean => {
      const isUnfinished = !message.complete && (expectsContinue || !isWorthDraining(request.body));
      if (isUnfinished) lingerAtEnd(socket, this.#options.runtime.clock);
      return this.#stopping || isUnfinished;
    };
    void this.#options.serve(request, new NodeResponse(response, { isLast, onClosed })); // it does not reject
  }

  #unansweredOn(socket: Duplex): { count: number } {
    const known = this.#unanswered.get(socket);
    if (known) return known;
    const unanswered = { count: 0 };
    this.#unanswered.set(socket, unanswered);
    return unanswered;
  }

  /** Beside the routes: whoever asks it must not need a token, and must not be counted, limited or turned away. */
  #tellsReadiness({ url, method }: IncomingMessage, response: ServerResponse<IncomingMessage>): boolean {
    const { path, isReady } = this.#options.readiness;
    if (path === undefined || url !== path || (method !== 'GET' && method !== 'HEAD')) return false;
    const isOpen = !this.#stopping && isReady();
    const headers = { 'content-type': 'text/plain', 'cache-control': 'no-store', ...(this.#stopping && { connection: 'close' }) };
    response.writeHead(isOpen ? 200 : 503, headers).end(isOpen ? 'ready' : 'not ready');
    return true;
  }

  /** While an earlier request on the same connection has no answer, none of it can be given away. */
  #mayUpgrade(message: IncomingMessage): boolean {
    const protocol = offeredProtocol(message);
    return protocol !== undefined && this.#options.knows(protocol) && this.#unansweredOn(message.socket).count === 0 && !this.#stopping;
  }

  #takeUpgrade(message: IncomingMessage, head: Buffer): void {
    const response = new UpgradeResponse(message, head);
    const request = nodeRequest(message, { maxBodyBytes: 0, waiting: undefined });
    const protocol = offeredProtocol(message) ?? '';
    void this.#options.serve({ ...request, upgrade: upgradeOf(protocol, response) }, response); // it does not reject
  }

  /** What the parser cannot read gets an answer too, unless that would end up inside another one. */
  #refuse(error: Error & { readonly code?: string }, socket: Duplex): void {
    if (!socket.writable || this.#unansweredOn(socket).count > 0) {
      socket.destroy();
      return;
    }
    this.#say(socket, refusalOf(error.code));
  }

  #say(socket: Duplex, refusal: Error): void {
    const problem = problemOf(refusal, newTraceparent(this.#options.runtime));
    const body = JSON.stringify(problem);
    const headers = [...problemHeaders(refusal), 'content-length', String(Buffer.byteLength(body)), 'connection', 'close'];
    const lines = headers.map((part, index) => (index % 2 === 0 ? `${part}: ` : `${part}\r\n`)).join('');
    socket.end(`HTTP/1.1 ${problem.status} ${problem.title}\r\n${lines}\r\n${body}`, () => socket.destroy());
  }
}

function isWorthDraining(body: IncomingRequest['body']): boolean {
  return (body?.length ?? Number.POSITIVE_INFINITY) <= drainedBytes && !TuttiError.is(body?.errored, 'GATEWAY_REQUEST_TOO_SLOW');
}

function noTunnels(): Error {
  return gatewayError('GATEWAY_BAD_REQUEST', { problem: 'tunnels to elsewhere are not made here' });
}

function refusalOf(code: string | undefined): Error {
  if (code === 'HPE_HEADER_OVERFLOW') return gatewayError('GATEWAY_HEADERS_TOO_LARGE', {});
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return gatewayError('GATEWAY_REQUEST_TOO_SLOW', {});
  return gatewayError('GATEWAY_BAD_REQUEST', { problem: 'the request is not HTTP/1.1 as it should be' });
}
