import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Clock, durationMs, newTraceparent, type Runtime } from '@tutti/core';
import { gatewayError } from '../errors.ts';
import { Occupied } from '../occupied.ts';
import { problemHeaders, problemOf } from '../problem.ts';
import type { IncomingRequest } from './exchange.ts';
import type { GatewayLimits } from './limits.ts';
import { nodeRequest } from './node-request.ts';
import { NodeResponse } from './node-response.ts';
import type { ResponseSink } from './response-sink.ts';

export interface HttpDoorOptions {
  /** Must not reject: every failure is an answer. */
  readonly serve: (request: IncomingRequest, response: ResponseSink) => Promise<void>;
  readonly limits: Required<GatewayLimits>;
  readonly runtime: Runtime;
}

/** A longer rest of a request that was answered early costs its connection, which is cheaper than reading it for nothing. */
const drainedBytes = 65_536;

/** One listening HTTP/1.1 server. */
export class HttpDoor {
  readonly #options: HttpDoorOptions;
  readonly #server: Server;
  readonly #sockets = new Occupied<Socket>();
  /** How many answers have not ended, by socket: requests may come before the answers to earlier ones. */
  readonly #unanswered = new WeakMap<Duplex, number>();
  #stopping = false;
  #closed: Promise<void> | undefined;

  constructor(options: HttpDoorOptions) {
    this.#options = options;
    const { limits } = options;
    this.#server = createServer({
      maxHeaderSize: limits.maxHeaderBytes,
      headersTimeout: durationMs(limits.headersTimeout),
      requestTimeout: durationMs(limits.requestTimeout),
      keepAliveTimeout: durationMs(limits.idleTimeout),
      connectionsCheckingInterval: Math.max(1_000, durationMs(limits.headersTimeout) / 2),
      requireHostHeader: false, // asked for later, where the refusal can be a problem
    });
    this.#server.maxHeadersCount = 0; // a limit would drop headers in silence; their size is limited
    this.#server.on('request', (message, response) => this.#take(message, response, false));
    this.#server.on('checkContinue', (message, response) => this.#take(message, response, true));
    this.#server.on('checkExpectation', (message, response) => this.#take(message, response, false));
    this.#server.on('clientError', (error, socket) => this.#refuse(error, socket));
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  /** Resolves with the port when connections are taken; rejects with the system's error when they cannot be. */
  async listen(port: number, host: string): Promise<number> {
    this.#server.listen(port, host);
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  /** Answers what is under way and what still comes on open connections, each for the last time, then closes all. Shared. */
  close(): Promise<void> {
    this.#closed ??= this.#close(this.#options.runtime.clock);
    return this.#closed;
  }

  async #close(clock: Clock): Promise<void> {
    const { lameDuck, drainTimeout } = this.#options.limits;
    this.#stopping = true;
    await this.#sockets.empty(clock, durationMs(lameDuck));
    this.#server.close();
    await this.#sockets.empty(clock, durationMs(drainTimeout));
    this.#server.closeAllConnections();
  }

  #take(message: IncomingMessage, response: ServerResponse<IncomingMessage>, expectsContinue: boolean): void {
    const { socket } = message;
    this.#unanswered.set(socket, (this.#unanswered.get(socket) ?? 0) + 1);
    response.once('close', () => {
      this.#unanswered.set(socket, (this.#unanswered.get(socket) ?? 0) - 1);
      if (this.#stopping && !this.#server.listening) this.#server.closeIdleConnections();
    });
    const request = nodeRequest(message, {
      maxBodyBytes: this.#options.limits.maxBodyBytes,
      waiting: expectsContinue ? response : undefined,
    });
    const isLast = (): boolean =>
      this.#stopping || (!message.complete && (expectsContinue || (request.body?.length ?? Number.POSITIVE_INFINITY) > drainedBytes));
    void this.#options.serve(request, new NodeResponse(response, isLast)); // it does not reject
  }

  /** What the parser cannot read gets an answer too, unless that would end up inside another one. */
  #refuse(error: Error & { readonly code?: string }, socket: Duplex): void {
    if (!socket.writable || this.#unanswered.get(socket)) {
      socket.destroy();
      return;
    }
    const refusal = refusalOf(error.code);
    const problem = problemOf(refusal, newTraceparent(this.#options.runtime));
    const body = JSON.stringify(problem);
    const headers = [...problemHeaders(refusal), 'content-length', String(Buffer.byteLength(body)), 'connection', 'close'];
    const lines = headers.map((part, index) => (index % 2 === 0 ? `${part}: ` : `${part}\r\n`)).join('');
    socket.end(`HTTP/1.1 ${problem.status} ${problem.title}\r\n${lines}\r\n${body}`, () => socket.destroy());
  }
}

function refusalOf(code: string | undefined): Error {
  if (code === 'HPE_HEADER_OVERFLOW') return gatewayError('GATEWAY_HEADERS_TOO_LARGE', {});
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return gatewayError('GATEWAY_REQUEST_TOO_SLOW', {});
  return gatewayError('GATEWAY_BAD_REQUEST', { problem: 'the request is not HTTP/1.1 as it should be' });
}
