import { Readable } from 'node:stream';
import type { RequestBody } from '../http/request-body.ts';

/**
 * The body of a request that may be sent more than once. It is sent on as it comes, and what has been sent is kept as long as it is small: a
 * body that has grown beyond that can only be sent on to its end, never again, so that nobody gets a part of it as the whole.
 */
export class RepeatableBody {
  readonly #body: RequestBody;
  readonly #maxBytes: number;
  #kept: Uint8Array[] | undefined = [];
  #size = 0;

  constructor(body: RequestBody, maxBytes: number) {
    this.#body = body;
    this.#maxBytes = maxBytes;
  }

  /** Whether it can still be sent from its first byte. */
  get whole(): boolean {
    return this.#kept !== undefined && !this.#body.errored;
  }

  /** The body from its first byte, for one attempt. The one before must have ended. */
  attempt(): Readable {
    const stream = new Attempt(this.#body, this.#kept ?? [], (chunk) => this.#keep(chunk));
    return stream;
  }

  #keep(chunk: Uint8Array): void {
    this.#size += chunk.length;
    if (this.#size > this.#maxBytes) this.#kept = undefined;
    else this.#kept?.push(chunk);
  }
}

class Attempt extends Readable {
  readonly #body: RequestBody;
  readonly #before: readonly Uint8Array[];
  readonly #keep: (chunk: Uint8Array) => void;
  #begun = false;

  constructor(body: RequestBody, before: readonly Uint8Array[], keep: (chunk: Uint8Array) => void) {
    super({ highWaterMark: 65_536 });
    this.#body = body;
    this.#before = [...before];
    this.#keep = keep;
    this.on('error', () => {}); // whoever reads hears of it
  }

  override _read(): void {
    if (this.#begun) {
      this.#body.resume();
      return;
    }
    this.#begun = true;
    for (const chunk of this.#before) this.push(chunk);
    if (this.#body.readableEnded) this.push(null);
    else this.#body.on('data', this.#onData).on('end', this.#onEnd).on('error', this.#onError).resume();
  }

  /** The body itself stays: another attempt may want it, and whoever took the request in ends it. */
  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#body.off('data', this.#onData).off('end', this.#onEnd).off('error', this.#onError);
    if (!this.#body.readableEnded) this.#body.pause();
    callback(error);
  }

  readonly #onData = (chunk: Uint8Array): void => {
    this.#keep(chunk);
    if (!this.push(chunk)) this.#body.pause();
  };

  readonly #onEnd = (): void => void this.push(null);

  readonly #onError = (error: Error): void => void this.destroy(error);
}
