import { gatewayError } from '../errors.ts';
import { headersByName } from './headers-by-name.ts';
import type { ResponseSink } from './response-sink.ts';

/** A whole answer of the gateway. */
export interface GatewayResponse {
  readonly status: number;
  /** By lower-case name; a header that came more than once is a list. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Uint8Array;
  /** Fields that followed the body, as in `headers`. Absent when there were none. */
  readonly trailers?: Readonly<Record<string, string | readonly string[]>>;
}

/** Gathers an answer in memory, so that one that breaks off can still be replaced by the news that it did. */
export class CollectedResponse implements ResponseSink {
  readonly added: string[] = [];
  readonly begun = false;
  readonly #maxBytes: number;
  readonly #whole: PromiseWithResolvers<GatewayResponse> = Promise.withResolvers();
  #onGone: ((reason: Error) => void) | undefined;
  #status = 0;
  #headers: readonly string[] = [];
  #trailers: readonly string[] = [];
  #chunks: Uint8Array[] = [];
  #size = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get status(): number {
    return this.#status;
  }

  get answering(): boolean {
    return this.#status !== 0;
  }

  get whole(): Promise<GatewayResponse> {
    return this.#whole.promise;
  }

  /** Nobody is there to be told before the answer is whole. */
  inform(): void {}

  begin(status: number, headers: string[]): void {
    this.#status = status;
    this.#headers = [...headers, ...this.added];
    this.#chunks = [];
    this.#size = 0;
  }

  flush(): void {}

  write(chunk: Uint8Array): boolean {
    this.#size += chunk.length;
    if (this.#size <= this.#maxBytes) this.#chunks.push(chunk);
    else this.#onGone?.(gatewayError('GATEWAY_RESPONSE_TOO_LARGE', { maxBytes: this.#maxBytes }));
    return true;
  }

  /** Memory never makes anybody wait. */
  whenDrained(listener: () => void): void {
    listener();
  }

  trail(fields: readonly string[]): void {
    this.#trailers = fields;
  }

  end(chunk?: Uint8Array): void {
    if (chunk) this.write(chunk);
    if (this.#size > this.#maxBytes) return;
    this.#whole.resolve({
      status: this.#status,
      headers: headersByName(this.#headers),
      body: Buffer.concat(this.#chunks),
      ...(this.#trailers.length > 0 && { trailers: headersByName(this.#trailers) }),
    });
  }

  destroy(error: Error): void {
    this.#whole.reject(error);
  }

  whenGone(listener: (reason: Error) => void): void {
    this.#onGone = listener;
  }
}
