import { ChunkedBody } from './chunked-body.ts';
import { type Framing, framingOf, staysOpen } from './framing.ts';
import { type Fields, parseHead, type ResponseHead } from './response-head.ts';
import { headEnd } from './response-head-end.ts';

/** Who is told of an answer, in the order in which it comes. */
export interface ResponseSink {
  /** Also of an interim one, below 200, which another one follows. */
  head(head: ResponseHead, framing: Framing): void;
  data(chunk: Buffer): void;
  end(trailers: Fields | undefined): void;
  /** What follows is no part of an answer that could be understood; nothing more is told. */
  malformed(problem: string): void;
}

/**
 * Reads the answer to one request from pieces of a connection, and not a byte further. As strict as llhttp in its strict mode (`test/http/llhttp.test.ts`
 * holds them against each other): an answer that two readers could read in two ways is none.
 */
export class ResponseReader {
  readonly #sink: ResponseSink;
  #method = '';
  #phase: 'idle' | 'head' | 'sized' | 'chunked' | 'until-close' = 'idle';
  #left = 0;
  #chunks: ChunkedBody | undefined;
  /** What came and was not read yet: the beginning of a head, or what came while nobody wanted it. */
  #rest: Buffer | undefined;
  /** How much of a head was searched for its end. */
  #searched = 0;
  #paused = false;
  #going = false;

  constructor(sink: ResponseSink) {
    this.#sink = sink;
  }

  /** Whether no answer is being waited for. */
  get idle(): boolean {
    return this.#phase === 'idle';
  }

  /** Whether bytes came that belong to nothing. */
  get hasLeftover(): boolean {
    return this.#rest !== undefined;
  }

  /** The answer that comes next is that to a request of this method. */
  expect(method: string): void {
    this.#method = method;
    this.#paused = false;
    this.#searched = 0;
    this.#phase = 'head';
  }

  read(chunk: Buffer): void {
    this.#rest = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#go();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#go();
  }

  /** The other side says no more. @returns whether no answer is left incomplete. */
  finish(): boolean {
    if (this.#phase === 'until-close' && this.#rest === undefined) this.#end(undefined);
    return this.#phase === 'idle';
  }

  /** Gives up what it reads, and gives what came behind it. */
  release(): Buffer | undefined {
    const rest = this.#rest;
    this.#rest = undefined;
    this.#phase = 'idle';
    return rest;
  }

  /** A sink may pause, resume and release while it is told something: what is to be read next is put aside before. */
  #go(): void {
    if (this.#going) return;
    this.#going = true;
    try {
      while (!this.#paused && this.#phase !== 'idle') {
        if (this.#phase === 'sized' && this.#left === 0) {
          this.#end(undefined);
          break;
        }
        const bytes = this.#rest;
        if (bytes === undefined) break;
        this.#rest = undefined;
        if (!(this.#phase === 'head' ? this.#readHead(bytes) : this.#readBody(bytes))) break;
      }
    } finally {
      this.#going = false;
    }
  }

  #keep(bytes: Buffer, from: number): void {
    if (from < bytes.length) this.#rest = from === 0 ? bytes : bytes.subarray(from);
  }

  /** @returns whether there may be more to read in what has come. */
  #readHead(bytes: Buffer): boolean {
    const end = headEnd(bytes, this.#searched, 'head');
    if (typeof end === 'string') return this.#malformed(end);
    if (end === -1) {
      this.#searched = bytes.length;
      this.#rest = bytes;
      return false;
    }
    this.#searched = 0;
    const head = parseHead(bytes.toString('latin1', 0, end + 2));
    if (typeof head === 'string') return this.#malformed(head);
    const framing = framingOf(head, this.#method);
    if (typeof framing === 'string') return this.#malformed(framing);
    const isInterim = head.status < 200 && head.status !== 101;
    if (isInterim && !staysOpen(head, framing)) return this.#malformed(`an answer with status ${head.status} ends the connection`);
    this.#keep(bytes, end + 4);
    if (!isInterim) this.#begin(framing);
    this.#sink.head(head, framing);
    return true;
  }

  #begin(framing: Framing): void {
    this.#phase = framing.kind;
    if (framing.kind === 'sized') this.#left = framing.length;
    else if (framing.kind === 'chunked') this.#chunks = new ChunkedBody();
  }

  #readBody(bytes: Buffer): boolean {
    if (this.#phase === 'chunked') return this.#readChunk(bytes);
    if (this.#phase === 'until-close') {
      this.#sink.data(bytes);
      return true;
    }
    const left = this.#left;
    this.#keep(bytes, left);
    this.#left = left > bytes.length ? left - bytes.length : 0;
    this.#sink.data(bytes.length > left ? bytes.subarray(0, left) : bytes);
    return true;
  }

  #readChunk(bytes: Buffer): boolean {
    const step = (this.#chunks as ChunkedBody).read(bytes);
    if (typeof step === 'string') return this.#malformed(step);
    this.#keep(step.rest, 0);
    if (step.kind === 'more') return false;
    if (step.kind === 'data') this.#sink.data(step.data);
    else this.#end(step.trailers);
    return true;
  }

  #end(trailers: Fields | undefined): void {
    this.#phase = 'idle';
    this.#chunks = undefined;
    this.#sink.end(trailers);
  }

  #malformed(problem: string): boolean {
    this.#phase = 'idle';
    this.#sink.malformed(problem);
    return false;
  }
}
