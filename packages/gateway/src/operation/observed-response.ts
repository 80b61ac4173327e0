import { type Clock, TuttiError } from '@tutti/core';
import type { ResponseSink } from '../http/response-sink.ts';

/** An answer on its way to the client, with what is worth writing down about it. Changes nothing. */
export class ObservedResponse implements ResponseSink {
  readonly added: string[];
  readonly #inner: ResponseSink;
  readonly #clock: Clock;
  /** 0 until an answer has begun. Of several, where one replaced another, the last. */
  status = 0;
  bytes = 0;
  beganAt: number | undefined;
  /** Whether the client has gone before the end. */
  isLeft = false;

  constructor(inner: ResponseSink, clock: Clock) {
    this.added = inner.added;
    this.#inner = inner;
    this.#clock = clock;
  }

  get begun(): boolean {
    return this.#inner.begun;
  }

  get answering(): boolean {
    return this.#inner.answering;
  }

  inform(status: number, headers: readonly string[]): void {
    this.#inner.inform(status, headers);
  }

  begin(status: number, headers: string[]): void {
    this.status = status;
    this.bytes = 0;
    this.beganAt = this.#clock.now();
    this.#inner.begin(status, headers);
  }

  flush(): void {
    this.#inner.flush();
  }

  write(chunk: Uint8Array): boolean {
    this.bytes += chunk.length;
    return this.#inner.write(chunk);
  }

  whenDrained(listener: () => void): void {
    this.#inner.whenDrained(listener);
  }

  trail(fields: readonly string[]): void {
    this.#inner.trail(fields);
  }

  end(chunk?: Uint8Array): void {
    if (chunk) this.bytes += chunk.length;
    this.#inner.end(chunk);
  }

  destroy(error: Error): void {
    this.#inner.destroy(error);
  }

  whenGone(listener: (reason: Error) => void): void {
    this.#inner.whenGone((reason) => {
      if (TuttiError.is(reason, 'CANCELLED')) this.isLeft = true;
      listener(reason);
    });
  }
}
