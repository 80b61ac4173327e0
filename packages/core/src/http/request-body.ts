import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { isStream, trailerLines, unsendable } from './request-head.ts';

export interface RequestBodyOptions {
  readonly body: NodeJS.ReadableStream;
  readonly socket: Socket;
  /** Bytes that the head promised; undefined for a chunked body. */
  readonly length: number | undefined;
  /** Asked when a chunked body has ended. */
  readonly trailers?: (() => readonly string[]) | undefined;
  /** The last byte was handed to the connection. */
  readonly onSent: () => void;
  /** The body cannot be sent as a whole: after its head nothing but the end of the connection tells so. */
  readonly onBroken: (error: Error) => void;
}

/** Why a body cannot be sent from its first byte any more, if it cannot. */
export function spent(body: unknown): Error | undefined {
  if (!isStream(body) || body.readable) return undefined;
  const { errored } = body as Partial<Readable>;
  return errored ?? unsendable('its body was read or given up before it was sent');
}

/** Sends a body as fast as it comes and the connection takes it, framed as its head says. */
export class RequestBody {
  readonly #options: RequestBodyOptions;
  #sent = 0;
  #over = false;

  constructor(options: RequestBodyOptions) {
    this.#options = options;
    const { body } = options;
    body.on('data', this.#onData).on('end', this.#onEnd).on('error', this.#onError).on('close', this.#onClose);
    body.resume(); // somebody may have paused it
  }

  /** The connection takes more. */
  drained(): void {
    if (!this.#over) this.#options.body.resume();
  }

  /** Nobody wants the rest. */
  stop(): void {
    if (!this.#over) this.#leave();
  }

  readonly #onData = (chunk: Uint8Array | string): void => {
    const { body, socket, length } = this.#options;
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    if (!(bytes instanceof Uint8Array)) {
      this.#break(unsendable('its body gives what is neither text nor bytes'));
      return;
    }
    if (bytes.length === 0) return; // an empty chunk would be the last one
    this.#sent += bytes.length;
    if (length !== undefined && this.#sent > length) {
      this.#break(unsendable(`its body is longer than the ${length} bytes that it says`));
      return;
    }
    let takesMore: boolean;
    if (length === undefined) {
      socket.cork();
      socket.write(`${bytes.length.toString(16)}\r\n`, 'latin1');
      socket.write(bytes);
      takesMore = socket.write('\r\n', 'latin1');
      socket.uncork();
    } else takesMore = socket.write(bytes);
    if (!takesMore) body.pause();
  };

  readonly #onEnd = (): void => {
    const { socket, length, trailers, onSent } = this.#options;
    if (length !== undefined && this.#sent < length) {
      this.#break(unsendable(`its body has ${this.#sent} bytes, and it says that there are ${length}`));
      return;
    }
    try {
      if (length === undefined) socket.write(`0\r\n${trailers ? trailerLines(trailers()) : ''}\r\n`, 'latin1');
    } catch (error) {
      this.#break(error instanceof Error ? error : unsendable(`its trailers cannot be had: ${String(error)}`));
      return;
    }
    this.#detach();
    onSent();
  };

  readonly #onError = (error: Error): void => this.#break(error);

  readonly #onClose = (): void => this.#break(unsendable('its body was given up before its end'));

  #break(error: Error): void {
    if (this.#over) return;
    this.#leave();
    this.#options.onBroken(error);
  }

  #leave(): void {
    this.#detach();
    const { body } = this.#options;
    body.on('error', () => {});
    if ('destroy' in body && typeof body.destroy === 'function') body.destroy();
    else body.pause();
  }

  #detach(): void {
    this.#over = true;
    this.#options.body.off('data', this.#onData).off('end', this.#onEnd).off('error', this.#onError).off('close', this.#onClose);
  }
}
