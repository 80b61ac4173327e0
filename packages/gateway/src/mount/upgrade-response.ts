import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { fieldLines } from '../door/response-head.ts';
import type { Upgrade } from '../http/upgrade.ts';
import { NodeResponse } from './node-response.ts';

/** The answer to a request that node:http has let go of, because it may become a tunnel. When it does not, its connection ends with the answer. */
export class UpgradeResponse extends NodeResponse {
  readonly #response: ServerResponse<IncomingMessage>;
  readonly #socket: Socket;
  readonly #head: Buffer;
  #isSwitched = false;

  /** @param head What the client has sent since. */
  constructor(message: IncomingMessage, head: Buffer) {
    const { socket } = message;
    const response = new ServerResponse(message);
    super(response, { isLast: () => true, onClosed: () => {} });
    this.#response = response;
    this.#socket = socket;
    this.#head = head;
    socket.on('error', () => {}); // the close that follows tells
    response.assignSocket(socket);
    response.once('finish', () => socket.end());
    socket.on('readable', this.#look).on('end', this.#gone);
  }

  override get begun(): boolean {
    return this.#isSwitched || super.begun;
  }

  override destroy(error: Error): void {
    if (this.#isSwitched) this.#socket.destroy();
    else super.destroy(error);
  }

  accept(headers: readonly string[]): Duplex {
    const lines = fieldLines(headers);
    this.#isSwitched = true;
    this.#socket.off('readable', this.#look).off('end', this.#gone);
    this.#response.detachSocket(this.#socket);
    if (this.#head.length > 0) this.#socket.unshift(this.#head);
    this.#socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines}\r\n`, 'latin1');
    return this.#socket;
  }

  /** Nobody reads the connection until it is decided what becomes of it, and only reading tells that the client has gone. */
  readonly #look = (): void => {
    if (this.#socket.readableLength === 0) this.#socket.read();
  };

  readonly #gone = (): void => void this.#socket.destroy();
}

export function upgradeOf(protocol: string, response: UpgradeResponse): Upgrade {
  return { protocol, accept: (headers) => response.accept(headers) };
}
