import { Readable } from 'node:stream';
import { coreError, TuttiError } from '@tutti/core';
import { gatewayError } from '../errors.ts';

export interface RequestBodyOptions {
  /** The length that the client declared; undefined when it did not. */
  readonly length?: number | undefined;
  readonly maxBytes: number;
  /** What becomes of a rest that nobody wants: `drain` reads it for nothing, because its connection is still needed. */
  readonly rest: 'drain' | 'destroy';
  /** Called when the body is asked for, before its first byte is read. */
  readonly onFirstRead?: () => void;
}

/**
 * The body of a request, read from its source no sooner and no faster than somebody reads it, and never beyond
 * `maxBytes`.
 */
export class RequestBody extends Readable {
  readonly length: number | undefined;
  readonly #source: Readable & { readonly rawTrailers?: readonly string[] };
  readonly #maxBytes: number;
  readonly #rest: 'drain' | 'destroy';
  readonly #onFirstRead: (() => void) | undefined;
  #seen = 0;
  #begun = false;
  #ended = false;

  constructor(source: Readable, options: RequestBodyOptions) {
    super({ highWaterMark: 65_536 });
    this.#source = source;
    this.length = options.length;
    this.#maxBytes = options.maxBytes;
    this.#rest = options.rest;
    this.#onFirstRead = options.onFirstRead;
    this.on('error', () => {}); // whoever reads hears of it; when nobody does, the answer tells
  }

  /** Whether anything was asked of the source: until then the body can be sent anywhere. */
  get begun(): boolean {
    return this.#begun;
  }

  /** Bytes that have come so far. */
  get received(): number {
    return this.#seen;
  }

  /** The fields that came behind it, once it has ended: name, value, name, value. */
  get trailers(): readonly string[] {
    return this.#source.rawTrailers ?? [];
  }

  /** Whether it is the client that everybody waits for. */
  get starved(): boolean {
    return this.#begun && !this.#ended && this.readableLength === 0;
  }

  override _read(): void {
    if (this.#begun) {
      this.#source.resume();
      return;
    }
    this.#begun = true;
    this.#onFirstRead?.();
    if (this.#source.destroyed) this.#onBroken(this.#source.errored);
    this.#source.on('data', this.#onData).on('end', this.#onEnd).on('error', this.#onBroken).on('close', this.#onBroken);
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#source.off('data', this.#onData).off('end', this.#onEnd).off('close', this.#onBroken);
    if (this.#rest === 'destroy') this.#source.destroy();
    else if (this.#begun) this.#source.resume();
    callback(error);
  }

  readonly #onData = (chunk: Uint8Array): void => {
    this.#seen += chunk.length;
    if (this.#seen > this.#maxBytes) this.destroy(gatewayError('GATEWAY_BODY_TOO_LARGE', { maxBytes: this.#maxBytes }));
    else if (!this.push(chunk)) this.#source.pause();
  };

  readonly #onEnd = (): void => {
    this.#ended = true;
    this.push(null);
  };

  readonly #onBroken = (error?: unknown): void => {
    if (this.#ended) return;
    this.destroy(
      TuttiError.is(error, 'GATEWAY_BAD_REQUEST')
        ? error
        : coreError('CANCELLED', { reason: 'the client left in the middle of its request' }),
    );
  };
}
