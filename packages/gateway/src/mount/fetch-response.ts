import { coreError } from '@tutti/core';
import type { ResponseSink } from '../http/response-sink.ts';

/** Answers that have no body, whatever they say (Fetch, section 2.2.3). */
const bodyless: ReadonlySet<number> = new Set([204, 205, 304]);
/** Of an answer that nobody reads, before its service has to wait. */
const highWaterMark = 65_536;

/** An answer as a response of the Fetch standard, which can be read as it comes. */
export class FetchResponse implements ResponseSink {
  readonly added: string[] = [];
  readonly #answer: PromiseWithResolvers<Response> = Promise.withResolvers();
  readonly #hasBody: boolean;
  #status = 0;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #isOver = false;
  #onDrained: (() => void) | undefined;
  #onGone: ((reason: Error) => void) | undefined;

  /** @param method Of the request: there is no body in the answer to HEAD. */
  constructor(method: string) {
    this.#hasBody = method !== 'HEAD';
  }

  /** Resolves when the answer has begun; rejects when there is none. */
  get answer(): Promise<Response> {
    return this.#answer.promise;
  }

  get status(): number {
    return this.#status;
  }

  get begun(): boolean {
    return this.#status !== 0;
  }

  get answering(): boolean {
    return this.begun;
  }

  /** The Fetch standard has no place for it. */
  inform(): void {}

  begin(status: number, headers: string[]): void {
    this.#status = status;
    const named = new Headers();
    const all = [...headers, ...this.added];
    for (let index = 0; index < all.length; index += 2) named.append(all[index] as string, all[index + 1] as string);
    const body = this.#hasBody && !bodyless.has(status) ? this.#stream() : null;
    // a service may say 600 and more, which has no meaning (RFC 9110, section 15) and no Response takes
    this.#answer.resolve(new Response(body, { status: status > 599 ? 500 : status, headers: named }));
  }

  flush(): void {}

  write(chunk: Uint8Array): boolean {
    if (!this.#controller || this.#isOver) return true;
    this.#controller.enqueue(new Uint8Array(chunk)); // what is written may be a view of memory that is used again
    return (this.#controller.desiredSize ?? 1) > 0;
  }

  whenDrained(listener: () => void): void {
    this.#onDrained = listener;
  }

  /** The Fetch standard has no place for them. */
  trail(): void {}

  end(chunk?: Uint8Array): void {
    if (chunk) this.write(chunk);
    if (this.#isOver) return;
    this.#isOver = true;
    this.#controller?.close();
  }

  destroy(error: Error): void {
    this.#answer.reject(error);
    if (this.#isOver) return;
    this.#isOver = true;
    this.#controller?.error(error);
  }

  whenGone(listener: (reason: Error) => void): void {
    this.#onGone = listener;
  }

  #stream(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => {
          const drained = this.#onDrained;
          this.#onDrained = undefined;
          drained?.();
        },
        cancel: () => {
          if (this.#isOver) return;
          this.#isOver = true;
          this.#onGone?.(coreError('CANCELLED', { reason: 'the client left before the answer' }));
        },
      },
      { highWaterMark, size: (chunk) => chunk.length },
    );
  }
}
