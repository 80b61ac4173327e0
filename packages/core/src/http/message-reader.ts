import { ChunkedBody } from './chunked-body.ts';
import type { Fields } from './fields.ts';
import type { Framing } from './framing.ts';
import { headEnd, wordsFor } from './head-end.ts';

/** Who is told of messages, in the order in which they come. */
export interface MessageSink<Head> {
  /** Also of an interim one, which another one follows. */
  head(head: Head, framing: Framing): void;
  data(chunk: Buffer): void;
  end(trailers: Fields | undefined): void;
  /** What follows is no part of a message that could be understood; nothing more is told. @param isTooLong Of a head that took more than it may. */
  malformed(problem: string, isTooLong: boolean): void;
}

/** What a head says. */
export interface Understood<Head> {
  readonly head: Head;
  readonly framing: Framing;
  /** Nothing but another head follows. */
  readonly isInterim: boolean;
}

/**
 * Reads one message from pieces of a connection, and not a byte further. As strict as llhttp in its strict mode (`test/http/` holds them against each
 * other): a message that two readers could read in two ways is none.
 */
export abstract class MessageReader<Head> {
  readonly #sink: MessageSink<Head>;
  readonly #maxHeadBytes: number;
  #phase: 'idle' | 'head' | 'sized' | 'chunked' | 'until-close' = 'idle';
  #left = 0;
  #chunks: ChunkedBody | undefined;
  /** What came and was not read yet: the beginning of a head, or what came while nobody wanted it. */
  #rest: Buffer | undefined;
  /** How much of a head was searched for its end. */
  #searched = 0;
  #paused = false;
  #going = false;
  #isBroken = false;

  constructor(sink: MessageSink<Head>, maxHeadBytes: number) {
    this.#sink = sink;
    this.#maxHeadBytes = maxHeadBytes;
  }

  /** @param text A head in latin1 with the end of its last line, without the empty one. @returns what is wrong with it, if something is. */
  protected abstract understand(text: string): Understood<Head> | string;

  /** How many bytes at the beginning of a head mean nothing. */
  protected meaningless(_bytes: Buffer): number {
    return 0;
  }

  /** Whether these bytes can be the beginning of a message. */
  protected possible(_bytes: Buffer): boolean {
    return true;
  }

  /** Whether no message is being waited for. */
  get idle(): boolean {
    return this.#phase === 'idle';
  }

  /** Bytes that came and were not read: those of no message, while none is waited for. */
  get unread(): number {
    return this.#rest?.length ?? 0;
  }

  /** The next message may come, unless the one before it could not be understood. What of it has come already is read on `resume`. */
  protected begin(): void {
    if (this.#isBroken) return;
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

  /** The other side says no more. @returns whether no message is left incomplete. */
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

  /** A sink may pause, resume, begin and release while it is told something: what is to be read next is put aside before. */
  #go(): void {
    if (this.#going) return;
    this.#going = true;
    try {
      while (!this.#paused && this.#phase !== 'idle') {
        if (this.#phase === 'sized' && this.#left === 0) {
          this.#end(undefined);
          continue;
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
  #readHead(all: Buffer): boolean {
    // half of an empty line may have been searched before its other half came
    const skipped = this.#searched < 2 ? this.meaningless(all) : 0;
    if (skipped > 0) this.#searched = 0;
    const bytes = skipped === 0 ? all : all.subarray(skipped);
    if (bytes.length === 0) return false;
    const end = headEnd(bytes, this.#searched, this.#maxHeadBytes);
    if (typeof end === 'string') return this.#malformed(wordsFor(end, 'head', this.#maxHeadBytes), end === 'too long');
    if (end === -1) {
      if (!this.possible(bytes)) return this.#malformed('it does not begin as one');
      this.#searched = bytes.length;
      this.#rest = bytes;
      return false;
    }
    this.#searched = 0;
    const understood = this.understand(bytes.toString('latin1', 0, end + 2));
    if (typeof understood === 'string') return this.#malformed(understood);
    const { head, framing, isInterim } = understood;
    this.#keep(bytes, end + 4);
    if (!isInterim) this.#frame(framing);
    this.#sink.head(head, framing);
    return true;
  }

  #frame(framing: Framing): void {
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

  #malformed(problem: string, isTooLong = false): boolean {
    this.#phase = 'idle';
    this.#isBroken = true;
    this.#sink.malformed(problem, isTooLong);
    return false;
  }
}
