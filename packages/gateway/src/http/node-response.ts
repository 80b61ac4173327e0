import type { IncomingMessage, ServerResponse } from 'node:http';
import { coreError } from '@tutti/core';
import type { ResponseSink } from './response-sink.ts';

/** A response of node:http. */
export class NodeResponse implements ResponseSink {
  readonly #response: ServerResponse<IncomingMessage>;
  readonly #isStopping: () => boolean;

  /** @param isStopping Whether connections should not be used again. */
  constructor(response: ServerResponse<IncomingMessage>, isStopping: () => boolean) {
    this.#response = response;
    this.#isStopping = isStopping;
  }

  get begun(): boolean {
    return this.#response.headersSent;
  }

  /** An answer that comes before the end of the request closes the connection, which is cheaper than reading the rest. */
  begin(status: number, headers: string[]): void {
    if (!this.#response.req.complete || this.#isStopping()) headers.push('connection', 'close');
    this.#response.writeHead(status, headers);
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
