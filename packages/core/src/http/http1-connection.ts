import type { Socket } from 'node:net';
import type { Clock } from '../runtime/clock.ts';
import type { Carrier, Exchange } from './exchange.ts';
import type { Fields } from './fields.ts';
import { type Framing, keptFor, staysOpen } from './framing.ts';
import { RequestBody, spent } from './request-body.ts';
import type { ResponseHead } from './response-head.ts';
import { ResponseReader, type ResponseSink } from './response-reader.ts';

/** What a connection tells whoever keeps it. */
export interface ConnectionOwner {
  readonly clock: Pick<Clock, 'afterInput'>;
  /** It can serve the next request. @param keptForMs How long the server says that it stays open unused. */
  freed(connection: Http1Connection, keptForMs: number): void;
  /** It serves no more. Called once. @param switched Its socket, when that is somebody else's from now on. */
  gone(connection: Http1Connection, switched?: Socket): void;
  lost(problem: string, cause?: Error): Error;
  malformed(problem: string): Error;
}

/** One connection that is open, with one request on it at a time: nothing is pipelined, so that nobody's answer waits for another's. */
export class Http1Connection implements ResponseSink, Carrier {
  /** When the owner will not use it any more, by its clock. */
  expiresAt = 0;
  /** When it will not, however much it is used. */
  oldAt: number = Number.POSITIVE_INFINITY;
  readonly #socket: Socket;
  readonly #owner: ConnectionOwner;
  readonly #reader: ResponseReader;
  #exchange: Exchange | undefined;
  #body: RequestBody | undefined;
  #isSent = true;
  #staysOpen = true;
  #keptForMs = 0;
  #isGone = false;
  #isReferenced = true;
  #error: Error | undefined;

  constructor(socket: Socket, owner: ConnectionOwner) {
    this.#socket = socket;
    this.#owner = owner;
    this.#reader = new ResponseReader(this);
    socket.on('data', this.#onData).on('end', this.#onEnd).on('drain', this.#onDrain).on('error', this.#onError).on('close', this.#onClose);
  }

  /**
   * Sends a request. Its handler may give it up before the first byte has left; then nothing is sent.
   * @returns whether the connection is taken; else it is as free as before.
   */
  send(exchange: Exchange): boolean {
    const { head, request } = exchange;
    const { body, method } = request;
    const problem = spent(body);
    if (problem) {
      exchange.failed(problem);
      return this.#isGone;
    }
    this.#exchange = exchange;
    this.reference(true);
    try {
      exchange.started(this);
    } catch (error) {
      this.abort(exchange, asError(error));
    }
    if (this.#exchange !== exchange) return this.#isGone;
    this.#reader.expect(method);
    const socket = this.#socket;
    if (body === undefined || body === null) socket.write(head.text, 'latin1');
    else if (typeof body === 'string' || body instanceof Uint8Array) {
      socket.cork();
      socket.write(head.text, 'latin1');
      socket.write(body);
      socket.uncork();
    } else this.#stream(exchange, body);
    return true;
  }

  abort(exchange: Exchange, reason: Error): void {
    if (this.#exchange !== exchange) return;
    if (this.#reader.idle) {
      this.#exchange = undefined; // nothing has been sent
      if (exchange.paused) this.#socket.resume();
      exchange.failed(reason);
      return;
    }
    this.#break(reason);
  }

  pause(): void {
    this.#reader.pause();
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume(); // first: who is told what has come may pause again
    this.#guarded(() => this.#reader.resume());
    if (this.#socket.readableEnded) this.#finish();
  }

  /** An unused connection does not keep the process alive. */
  reference(wanted: boolean): void {
    if (this.#isReferenced === wanted) return;
    this.#isReferenced = wanted;
    if (wanted) this.#socket.ref();
    else this.#socket.unref();
  }

  /** Breaks it off; what is under way fails with this. */
  destroy(reason: Error): void {
    this.#break(reason);
  }

  head(head: ResponseHead, framing: Framing): void {
    const exchange = this.#exchange as Exchange;
    if (head.status === 101) {
      this.#switch(exchange, head);
      return;
    }
    if (head.status >= 200) {
      this.#staysOpen = staysOpen(head, framing);
      this.#keptForMs = keptFor(head);
    }
    exchange.answered(head);
  }

  data(chunk: Buffer): void {
    (this.#exchange as Exchange).received(chunk);
  }

  end(trailers: Fields | undefined): void {
    const exchange = this.#exchange as Exchange;
    this.#exchange = undefined;
    const isWhole = this.#isSent;
    if (!isWhole) this.#body?.stop();
    this.#body = undefined;
    exchange.ended(trailers);
    // an answer that came before its request was sent, or that more bytes follow, leaves a connection on which nobody knows what comes next
    if (!isWhole || !this.#staysOpen || this.#reader.unread > 0 || this.#socket.readableLength > 0 || !this.#socket.readable) this.close();
    else this.#owner.freed(this, this.#keptForMs);
  }

  malformed(problem: string): void {
    this.#break(this.#owner.malformed(problem));
  }

  #stream(exchange: Exchange, body: NodeJS.ReadableStream): void {
    this.#isSent = false;
    const socket = this.#socket;
    // the first bytes of the body leave with the head, where they are there already
    socket.cork();
    socket.write(exchange.head.text, 'latin1');
    this.#owner.clock.afterInput(() => socket.uncork());
    this.#body = new RequestBody({
      body,
      socket,
      length: exchange.head.length,
      trailers: exchange.request.trailers,
      onSent: () => {
        this.#isSent = true;
        this.#body = undefined;
      },
      onBroken: (error) => this.#break(error),
    });
  }

  #switch(exchange: Exchange, head: ResponseHead): void {
    if (exchange.request.upgrade === undefined) {
      this.#break(this.#owner.malformed('it switched protocols and nobody had asked for it'));
      return;
    }
    const socket: Socket & { readableFlowing: boolean | null } = this.#socket;
    socket
      .off('data', this.#onData)
      .off('end', this.#onEnd)
      .off('drain', this.#onDrain)
      .off('error', this.#onError)
      .off('close', this.#onClose);
    socket.readableFlowing = null; // as if nobody had listened yet: nothing is lost until somebody does
    this.#exchange = undefined;
    const behind = this.#reader.release();
    if (behind) socket.unshift(behind);
    this.#leave(socket);
    exchange.switched(head, socket);
  }

  readonly #onData = (chunk: Buffer): void => {
    // what nobody has asked for would be taken for the answer to the next request
    if (this.#exchange === undefined) {
      this.close();
      return;
    }
    try {
      this.#reader.read(chunk);
    } catch (error) {
      this.#break(asError(error));
    }
  };

  readonly #onEnd = (): void => {
    this.#body?.stop();
    this.#finish();
  };

  readonly #onDrain = (): void => this.#body?.drained();

  readonly #onError = (error: Error): void => {
    this.#error = error;
  };

  readonly #onClose = (): void => {
    if (!this.#socket.readableEnded || !this.#exchange?.paused)
      this.#break(this.#owner.lost(this.#error?.message ?? 'it was closed', this.#error));
  };

  /** Nothing more comes. Who has paused hears so after all that has come. */
  #finish(): void {
    if (this.#exchange?.paused) return;
    this.#guarded(() => {
      if (this.#reader.finish()) this.close();
      else this.#break(this.#owner.lost('the other side ended it'));
    });
  }

  /** A handler that throws ends its request, and nobody else's. */
  #guarded(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#break(asError(error));
    }
  }

  #break(reason: Error): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    this.#reader.release();
    this.#body?.stop();
    this.#body = undefined;
    this.close();
    exchange?.failed(reason);
  }

  /** Ends it when nothing is under way. */
  close(): void {
    this.#leave();
    this.#socket.destroy();
  }

  #leave(switched?: Socket): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#owner.gone(this, switched);
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
