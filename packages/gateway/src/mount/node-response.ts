import type { IncomingMessage, ServerResponse } from 'node:http';
import { coreError } from '@tutti/core';
import { headersByName } from '../http/headers-by-name.ts';
import type { ResponseSink } from '../http/response-sink.ts';

/** Node before 24.18 knows of no other interim answer than 103. */
interface Informing {
  writeInformation?(status: number, headers: readonly string[]): void;
}

/** A last piece up to this goes out as text, in one buffer with a head that waits for it: a gathering write costs more than the copy. */
const oneWriteBytes = 16_384;

export interface NodeResponseOptions {
  /** Whether the connection should not be used again after this answer. */
  readonly isLast: () => boolean;
  /** The answer has ended in one way or the other. */
  readonly onClosed: () => void;
}

/** A response of node:http. */
export class NodeResponse implements ResponseSink {
  readonly added: string[] = [];
  readonly #response: ServerResponse<IncomingMessage>;
  readonly #isLast: () => boolean;
  #onGone: ((reason: Error) => void) | undefined;

  constructor(response: ServerResponse<IncomingMessage>, { isLast, onClosed }: NodeResponseOptions) {
    this.#response = response;
    this.#isLast = isLast;
    response.on('close', () => {
      onClosed();
      if (!response.writableFinished) this.#onGone?.(coreError('CANCELLED', { reason: 'the client left before the answer' }));
    });
  }

  get status(): number {
    return this.#response.headersSent ? this.#response.statusCode : 0;
  }

  get begun(): boolean {
    return this.#response.headersSent;
  }

  get answering(): boolean {
    return this.begun;
  }

  inform(status: number, headers: readonly string[]): void {
    if (this.begun || this.#response.req.httpVersion === '1.0') return;
    const response: Informing = this.#response;
    if (response.writeInformation) response.writeInformation(status, [...headers]);
    else if (status === 103) this.#response.writeEarlyHints(headersByName(headers));
  }

  begin(status: number, headers: string[]): void {
    headers.push(...this.added);
    if (this.#isLast()) headers.push('connection', 'close');
    this.#response.writeHead(status, headers);
  }

  flush(): void {
    this.#response.flushHeaders();
  }

  write(chunk: Uint8Array): boolean {
    return this.#response.write(chunk);
  }

  whenDrained(listener: () => void): void {
    this.#response.once('drain', listener);
  }

  trail(fields: readonly string[]): void {
    const pairs: [string, string][] = [];
    for (let index = 0; index < fields.length; index += 2) pairs.push([fields[index] as string, fields[index + 1] as string]);
    this.#response.addTrailers(pairs);
  }

  end(chunk?: Uint8Array): void {
    if (chunk === undefined || chunk.length > oneWriteBytes) this.#response.end(chunk);
    else this.#response.end(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1'), 'latin1');
  }

  destroy(error: Error): void {
    this.#response.destroy(error);
  }

  whenGone(listener: (reason: Error) => void): void {
    this.#onGone = listener;
  }
}
