import type { Socket } from 'node:net';
import { coreError } from '@tutti/core';
import type { ResponseSink } from '../http/response-sink.ts';
import { fieldLines, responseHead, statusLine } from './response-head.ts';

/** A last piece up to this goes out as text, in one buffer with a head that waits for it: a gathering write costs more than the copy. */
const oneWriteBytes = 16_384;

/** The connection of a response. */
export interface ResponseConnection {
  readonly socket: Socket;
  /** The wall clock. */
  epoch(): number;
  /** Asked once, when the head is written: whether the connection ends with this answer. */
  isLast(): boolean;
  /** What a head says of a connection that stays open. */
  readonly staysOpenLines: string;
  /** The whole answer has been written, though perhaps not sent. */
  answered(): void;
}

/** One answer on a connection of a door. */
export class DoorResponse implements ResponseSink {
  readonly added: string[] = [];
  #status = 0;
  readonly #connection: ResponseConnection;
  readonly #minor: 0 | 1;
  readonly #isHead: boolean;
  /** What was not written yet of the head, without its framing and its end. */
  #head: string | undefined;
  /** Bytes of the body still to come, when it was said how many there are. */
  #left: number | undefined;
  #hasBody = true;
  #framing: 'sized' | 'chunked' | 'until-close' = 'sized';
  #trailers = '';
  #isLast = false;
  #isEnded = false;
  #isGone = false;
  #isHeld = false;
  #onGone: ((reason: Error) => void) | undefined;

  constructor(connection: ResponseConnection, method: string, minor: 0 | 1) {
    this.#connection = connection;
    this.#isHead = method === 'HEAD';
    this.#minor = minor;
  }

  get status(): number {
    return this.#status;
  }

  get begun(): boolean {
    return this.#status !== 0;
  }

  get answering(): boolean {
    return this.#status !== 0;
  }

  /** Whether the connection ends with it. */
  get isLast(): boolean {
    return this.#isLast;
  }

  /** Whether all of it was written. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  inform(status: number, headers: readonly string[]): void {
    if (this.begun || this.#minor === 0 || this.#isGone) return;
    this.#connection.socket.write(`${statusLine(status)}${fieldLines(headers)}\r\n`, 'latin1');
  }

  begin(status: number, headers: string[]): void {
    if (this.begun) throw coreError('INVALID_ARGUMENT', { path: 'response', problem: 'has begun before' });
    if (this.added.length > 0) headers.push(...this.added);
    const { text, length, closes } = responseHead(status, headers, this.#connection.epoch());
    this.#head = text;
    this.#status = status;
    this.#hasBody = !this.#isHead && status !== 204 && status !== 304;
    this.#left = this.#hasBody ? length : undefined;
    if (this.#hasBody && length === undefined) this.#framing = this.#minor === 1 ? 'chunked' : 'until-close';
    this.#isLast = this.#connection.isLast() || closes || this.#framing === 'until-close';
  }

  flush(): void {
    if (this.#head !== undefined && !this.#isGone) this.#connection.socket.write(this.#takeHead(), 'latin1');
  }

  write(chunk: Uint8Array): boolean {
    if (!this.#hasBody || chunk.length === 0 || this.#isEnded || this.#isGone) return true;
    if (!this.#fits(chunk.length)) return true;
    const { socket } = this.#connection;
    this.#holdTogether(socket);
    const size = this.#framing === 'chunked' ? `${chunk.length.toString(16)}\r\n` : '';
    const before = this.#head === undefined ? size : this.#takeHead() + size;
    if (before !== '') socket.write(before, 'latin1');
    socket.write(chunk);
    if (size !== '') socket.write('\r\n', 'latin1');
    return !socket.writableNeedDrain;
  }

  whenDrained(listener: () => void): void {
    this.#connection.socket.once('drain', listener);
  }

  trail(fields: readonly string[]): void {
    if (this.#framing === 'chunked') this.#trailers += fieldLines(fields);
  }

  end(chunk?: Uint8Array): void {
    if (this.#isEnded || this.#isGone) return;
    const last = this.#hasBody && chunk !== undefined && chunk.length > 0 ? chunk : undefined;
    if (last && !this.#fits(last.length)) return;
    if (this.#left !== undefined && this.#left > 0) {
      this.destroy(new Error(`an answer ended ${this.#left} bytes before it should`));
      return;
    }
    this.#isEnded = true;
    this.#writeLast(last);
    this.#connection.answered();
  }

  destroy(_error: Error): void {
    const { socket } = this.#connection;
    // to a client of HTTP/1.0 the end of the connection is the end of a whole answer
    if (this.#framing === 'until-close' && this.begun && !this.#isEnded) socket.resetAndDestroy();
    else socket.destroy();
  }

  whenGone(listener: (reason: Error) => void): void {
    this.#onGone = listener;
    if (this.#isGone) this.#tellGone();
  }

  /** The connection has become something else, and what is written on it is no answer any more. */
  switched(): void {
    this.#status = 101;
    this.#isEnded = true;
  }

  /** Nobody takes the rest of it any more. */
  gone(): void {
    this.#isGone = true;
    this.#tellGone();
  }

  #tellGone(): void {
    const onGone = this.#onGone;
    this.#onGone = undefined;
    onGone?.(coreError('CANCELLED', { reason: 'the client left before the answer' }));
  }

  #writeLast(last: Uint8Array | undefined): void {
    const { socket } = this.#connection;
    const isWhole = this.#head !== undefined && this.#framing === 'chunked' && this.#trailers === '';
    if (isWhole) {
      this.#framing = 'sized'; // nothing of it has gone out, so its length is known
      this.#head += `content-length: ${last?.length ?? 0}\r\n`;
    }
    const isChunked = this.#framing === 'chunked' && this.#hasBody;
    const size = isChunked && last ? `${last.length.toString(16)}\r\n` : '';
    const before = this.#head === undefined ? size : this.#takeHead() + size;
    const behind = isChunked ? `${last ? '\r\n' : ''}0\r\n${this.#trailers}\r\n` : '';
    if (!last) {
      if (before !== '' || behind !== '') socket.write(before + behind, 'latin1');
    } else if (last.length <= oneWriteBytes) {
      socket.write(before + Buffer.from(last.buffer, last.byteOffset, last.byteLength).toString('latin1') + behind, 'latin1');
    } else {
      socket.cork();
      if (before !== '') socket.write(before, 'latin1');
      socket.write(last);
      if (behind !== '') socket.write(behind, 'latin1');
      socket.uncork();
    }
    if (this.#isHeld) this.#letGo(socket);
  }

  /** The head with its framing and its end. */
  #takeHead(): string {
    const head = this.#head as string;
    this.#head = undefined;
    const framing = this.#framing === 'chunked' && this.#hasBody ? 'transfer-encoding: chunked\r\n' : '';
    return `${head}${framing}${this.#isLast ? 'connection: close\r\n' : this.#connection.staysOpenLines}\r\n`;
  }

  /** Counts what goes out: more than was said would be taken for the next answer. */
  #fits(bytes: number): boolean {
    if (this.#left === undefined) return true;
    if (bytes > this.#left) {
      this.destroy(new Error(`an answer has ${bytes - this.#left} bytes more than it said`));
      return false;
    }
    this.#left -= bytes;
    return true;
  }

  /** What is written in one turn leaves together. */
  #holdTogether(socket: Socket): void {
    if (this.#isHeld) return;
    this.#isHeld = true;
    socket.cork();
    process.nextTick(() => {
      if (this.#isHeld) this.#letGo(socket);
    });
  }

  #letGo(socket: Socket): void {
    this.#isHeld = false;
    socket.uncork();
  }
}
