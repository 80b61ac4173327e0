import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Clock, coreError } from '@tutti/core';
import { type Framing, type MessageSink, type ReceivedRequest, RequestReader, wantsMore } from '@tutti/core/http';
import { gatewayError } from '../errors.ts';
import { plainAddress } from '../http/address.ts';
import type { IncomingRequest } from '../http/exchange.ts';
import type { RequestBody } from '../http/request-body.ts';
import { RequestHeaders } from '../http/request-headers.ts';
import type { ResponseSink } from '../http/response-sink.ts';
import type { WatchedClient } from '../http/slow-clients.ts';
import { offeredProtocol, type Upgrade } from '../http/upgrade.ts';
import { doorBody, doorRequest, waitsToGoOn } from './door-request.ts';
import { DoorResponse, type ResponseConnection } from './door-response.ts';
import { RequestStream } from './request-stream.ts';
import { fieldLines } from './response-head.ts';

/** What is common to the connections of a door. */
export interface ConnectionHouse {
  readonly clock: Clock;
  /** The monotonic clock as of a moment ago. */
  readonly coarseNow: number;
  readonly isStopping: boolean;
  readonly maxHeaderBytes: number;
  readonly maxBodyBytes: number;
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly staysOpenLines: string;
  /** Must not reject: every failure is an answer. */
  serve(request: IncomingRequest, response: ResponseSink): void;
  knows(protocol: string): boolean;
  /** A whole answer, head and all, for what never becomes a request. */
  refusal(error: Error): string;
  /** Looks after a client that is slow. The returned function ends that. */
  watch(client: WatchedClient): () => void;
  /** What must not happen has happened on one connection. */
  failed(error: unknown): void;
}

/** As long as a client on a slow line needs to read a short answer. */
const lingerMs = 2_000;

/** A longer rest of a request that was answered early costs its connection, which is cheaper than reading it for nothing. */
const drainedBytes = 65_536;

/** Of requests that came before the answer to the one before them. */
const maxAhead = 65_536;

/** One connection of a client: reads a request, lets it be served, and reads the next one when the answer has been sent. */
export class DoorConnection implements MessageSink<ReceivedRequest>, ResponseConnection, WatchedClient {
  readonly socket: Socket;
  readonly #house: ConnectionHouse;
  readonly #reader: RequestReader;
  readonly #address: string | undefined;
  readonly #unwatch: () => void;
  #request: ReceivedRequest | undefined;
  #response: DoorResponse | undefined;
  #body: RequestBody | undefined;
  #stream: RequestStream | undefined;
  /** Of the body, read and not yet passed on. */
  #pieces: Buffer[] = [];
  /** The request has been read to its end. */
  #isComplete = true;
  #isWaitedFor = false;
  #hasUpgrade = false;
  /** Something has come of the next request, or before it. */
  #isReceiving = false;
  /** Nothing more is read for a request. */
  #isClosing = false;
  /** Requests that were read on it. */
  #count = 0;
  /** When what it is at has begun: to be idle, to receive a head, to receive a request. */
  #since: number;

  constructor(socket: Socket, house: ConnectionHouse) {
    this.socket = socket;
    this.#house = house;
    this.#since = house.coarseNow;
    this.#address = socket.remoteAddress === undefined ? undefined : plainAddress(socket.remoteAddress);
    this.#unwatch = house.watch(this);
    this.#reader = new RequestReader(this, house.maxHeaderBytes);
    this.#reader.next();
    socket.on('data', this.#onData).on('end', this.#onEnd).on('error', ignored).on('close', this.#onClose);
  }

  /** The body that is being received. */
  get body(): RequestBody | undefined {
    return this.#body;
  }

  get staysOpenLines(): string {
    return this.#house.staysOpenLines;
  }

  epoch(): number {
    return this.#house.clock.epoch();
  }

  head(received: ReceivedRequest, framing: Framing): void {
    const { fields, method, minor } = received;
    this.#count++;
    if (method === 'CONNECT') {
      this.#refuse(gatewayError('GATEWAY_BAD_REQUEST', { problem: 'tunnels to elsewhere are not made here' }));
      return;
    }
    const headers = RequestHeaders.of(fields);
    const response = new DoorResponse(this, method, minor);
    this.#request = received;
    this.#response = response;
    this.#isComplete = false;
    const hasBody = framing.kind !== 'sized' || framing.length > 0;
    this.#body = hasBody ? this.#bodyOf(received, headers, framing) : undefined;
    const upgrade = hasBody ? undefined : this.#upgradeOf(headers, minor, response);
    this.#hasUpgrade = upgrade !== undefined;
    this.#house.serve(doorRequest({ received, headers, body: this.#body, clientAddress: this.#address, upgrade }), response);
  }

  data(chunk: Buffer): void {
    if (this.#stream) this.#pieces.push(chunk);
  }

  end(trailers: { readonly raw: readonly string[] } | undefined): void {
    this.#isComplete = true;
    this.#passOn();
    const stream = this.#stream;
    this.#stream = undefined;
    if (stream) {
      if (trailers) stream.rawTrailers = trailers.raw;
      stream.push(null);
    }
    if (this.#response === undefined && !this.#isClosing) this.#next();
  }

  /** What is wrong is not said again: it may hold a secret. */
  malformed(_problem: string, isTooLong: boolean): void {
    const error = isTooLong
      ? gatewayError('GATEWAY_HEADERS_TOO_LARGE', {})
      : gatewayError('GATEWAY_BAD_REQUEST', { problem: 'the request is not HTTP/1.1 as it should be' });
    if (this.#response) this.#stream?.destroy(error);
    else this.#refuse(error);
  }

  isLast(): boolean {
    return this.#house.isStopping || this.#hasUpgrade || this.#isUnfinished() || (this.#request !== undefined && !wantsMore(this.#request));
  }

  answered(): void {
    if (this.socket.writableLength === 0) this.#sent();
    else this.socket.write('', this.#sent); // called when what is before it has been sent
  }

  /** Ends it unless something is under way. */
  closeIfIdle(): void {
    if (this.#isIdle()) this.#close();
  }

  /** Ends what takes too long. @param slackMs By how much `coarseNow` may have been behind. */
  look(slackMs: number): void {
    const { coarseNow, headersTimeoutMs, requestTimeoutMs, idleTimeoutMs } = this.#house;
    const sinceMs = coarseNow - this.#since - slackMs;
    if (this.#isClosing) return;
    if (this.#isIdle()) {
      if (sinceMs >= (this.#count === 0 ? headersTimeoutMs : idleTimeoutMs)) this.#close();
    } else if (this.#request === undefined) {
      if (sinceMs < headersTimeoutMs) return;
      if (this.#reader.unread === 0)
        this.#close(); // empty lines and no more
      else this.#refuse(gatewayError('GATEWAY_REQUEST_TOO_SLOW', {}));
    } else if (!this.#isComplete && sinceMs >= requestTimeoutMs) {
      if (this.#response === undefined) this.#close();
      else this.#body?.destroy(gatewayError('GATEWAY_REQUEST_TOO_SLOW', {}));
    }
  }

  #bodyOf(received: ReceivedRequest, headers: RequestHeaders, framing: Framing): RequestBody {
    const stream = new RequestStream(() => this.#resume());
    this.#stream = stream;
    this.#isWaitedFor = waitsToGoOn(received, headers);
    const onFirstRead = this.#isWaitedFor ? (): void => this.#goOn() : undefined;
    return doorBody(framing, stream, { maxBytes: this.#house.maxBodyBytes, onFirstRead });
  }

  #goOn(): void {
    if (this.#response?.begun === false && !this.#isComplete) this.socket.write('HTTP/1.1 100 Continue\r\n\r\n', 'latin1');
  }

  #upgradeOf(headers: RequestHeaders, minor: 0 | 1, response: DoorResponse): Upgrade | undefined {
    const protocol = minor === 1 && !this.#house.isStopping ? offeredProtocol(headers) : undefined;
    if (protocol === undefined || !this.#house.knows(protocol)) return undefined;
    return { protocol, accept: (fields) => this.#switch(response, fields) };
  }

  #switch(response: DoorResponse, fields: readonly string[]): Duplex {
    const socket: Socket & { readableFlowing: boolean | null } = this.socket;
    const lines = fieldLines(fields);
    response.switched();
    this.#response = undefined;
    this.#isClosing = true;
    this.#unwatch();
    socket.off('data', this.#onData).off('end', this.#onEnd).off('error', ignored);
    socket.readableFlowing = null; // as if nobody had listened yet: nothing is lost until somebody does
    const behind = this.#reader.release();
    if (behind) socket.unshift(behind);
    socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines}\r\n`, 'latin1');
    return socket;
  }

  /** Whether more of the request is to come than is worth waiting for. */
  #isUnfinished(): boolean {
    const body = this.#body;
    if (this.#isComplete || body === undefined) return false;
    return this.#isWaitedFor || body.length === undefined || body.length > drainedBytes || body.errored !== null;
  }

  readonly #sent = (): void => {
    const response = this.#response;
    if (response === undefined || this.socket.destroyed) return;
    this.#response = undefined;
    this.#body = undefined;
    if (response.isLast || this.#isClosing) this.#close();
    else if (this.#isComplete) this.#next();
    else this.#stream?.resume(); // for nothing, up to its end
  };

  #next(): void {
    this.#request = undefined;
    this.#body = undefined;
    this.#since = this.#house.coarseNow;
    this.#isReceiving = false;
    if (this.socket.isPaused()) this.socket.resume();
    this.#guarded(() => this.#reader.next());
    this.#afterReading();
  }

  /** What was read at once is one piece for whoever reads the body: as pieces of a byte each it would take a hundred times the memory. */
  #passOn(): void {
    const pieces = this.#pieces;
    if (pieces.length === 0) return;
    this.#pieces = [];
    const piece = pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
    if (this.#stream?.push(piece) === false) this.#pause();
  }

  #isIdle(): boolean {
    return this.#request === undefined && this.#reader.unread === 0 && !this.#isReceiving;
  }

  #receive(): void {
    this.#isReceiving = true;
    this.#since = this.#house.coarseNow;
  }

  /** Passes on what was read, and reads no further ahead than that: each request that is answered makes room for no more than itself. */
  #afterReading(): void {
    this.#passOn();
    if (this.#reader.idle && this.#reader.unread > maxAhead) this.socket.pause();
  }

  #pause(): void {
    this.#reader.pause();
    this.socket.pause();
  }

  #resume(): void {
    if (this.#isClosing) return;
    this.socket.resume();
    this.#guarded(() => this.#reader.resume());
    this.#afterReading();
  }

  /** Says a last word, and no more than that. */
  #refuse(error: Error): void {
    this.#isClosing = true;
    if (this.socket.writable) this.socket.write(this.#house.refusal(error));
    this.#close();
  }

  /**
   * The end of our side goes out behind what was written. What the client still sends is read for nothing until it ends too, at most two seconds:
   * closed at once, it would be met with a reset, and a client that is still writing would see that instead of its answer (RFC 9112, section 9.6).
   */
  #close(): void {
    this.#isClosing = true;
    const { socket } = this;
    const isSilent = this.#isComplete && this.#reader.unread === 0;
    this.#reader.release();
    this.#stream?.destroy();
    if (isSilent) {
      socket.end(() => socket.destroy());
      return;
    }
    socket.end();
    socket.resume();
    const timer = this.#house.clock.after(lingerMs, () => socket.destroy());
    timer.unref();
    socket.once('close', () => timer.cancel());
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#isClosing) return;
    this.#guarded(() => this.#reader.read(chunk));
    if (!this.#isReceiving && !this.#isIdle()) this.#receive(); // empty lines are nothing
    this.#afterReading();
  };

  /** Whatever is wrong with one connection must not reach the others. */
  #guarded(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#house.failed(error);
      this.socket.destroy();
    }
  }

  /** A client that ends has left, unless its answer is on its way already. */
  readonly #onEnd = (): void => {
    if (this.#isClosing) this.socket.end(() => this.socket.destroy());
    else if (this.#response?.isEnded === true) this.#isClosing = true;
    else if (this.#request === undefined && !this.#isIdle()) this.malformed('it ends in the middle', false);
    else this.socket.destroy();
  };

  readonly #onClose = (): void => {
    this.#isClosing = true;
    this.#unwatch();
    const response = this.#response;
    this.#response = undefined;
    this.#stream?.destroy(coreError('CANCELLED', { reason: 'the client left in the middle of its request' }));
    this.#stream = undefined;
    response?.gone();
  };
}

const ignored = (): void => {};
