import { gatewayError } from '../errors.ts';
import type { ResponseSink } from './response-sink.ts';

/** A whole answer of the gateway. */
export interface GatewayResponse {
  readonly status: number;
  /** By lower-case name; a header that came more than once is a list. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Uint8Array;
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
  #chunks: Uint8Array[] = [];
  #size = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get whole(): Promise<GatewayResponse> {
    return this.#whole.promise;
  }

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

  end(chunk?: Uint8Array): void {
    if (chunk) this.write(chunk);
    if (this.#size > this.#maxBytes) return;
    this.#whole.resolve({ status: this.#status, headers: byName(this.#headers), body: Buffer.concat(this.#chunks) });
  }

  destroy(error: Error): void {
    this.#whole.reject(error);
  }

  whenGone(listener: (reason: Error) => void): void {
    this.#onGone = listener;
  }
}

function byName(flat: readonly string[]): GatewayResponse['headers'] {
  const headers: Record<string, string | string[]> = {};
  for (let index = 0; index < flat.length; index += 2) {
    const name = (flat[index] as string).toLowerCase();
    const value = flat[index + 1] as string;
    const before = headers[name];
    headers[name] = before === undefined ? value : [before, value].flat();
  }
  return headers;
}
