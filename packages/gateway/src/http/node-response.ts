import type { IncomingMessage, ServerResponse } from 'node:http';
import { coreError } from '@tutti/core';
import type { ResponseSink } from './response-sink.ts';

/** A response of node:http. */
export class NodeResponse implements ResponseSink {
  readonly #response: ServerResponse<IncomingMessage>;
  readonly #isLast: () => boolean;

  /** @param isLast Whether the connection should not be used again after this answer. */
  constructor(response: ServerResponse<IncomingMessage>, isLast: () => boolean) {
    this.#response = response;
    this.#isLast = isLast;
  }

  get begun(): boolean {
    return this.#response.headersSent;
  }

  begin(status: number, headers: string[]): void {
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

  end(chunk?: Uint8Array): void {
    this.#response.end(chunk);
  }

  destroy(error: Error): void {
    this.#response.destroy(error);
  }

  whenGone(listener: (reason: Error) => void): void {
    this.#response.once('close', () => {
      if (!this.#response.writableFinished) listener(coreError('CANCELLED', { reason: 'the client left before the answer' }));
    });
  }
}
