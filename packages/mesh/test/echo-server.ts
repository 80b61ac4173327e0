import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server on a free loopback port that counts its requests and sockets. */
export class EchoServer {
  readonly requests: {
    readonly method: string;
    readonly url: string;
    readonly headers: IncomingMessage['headers'];
    readonly body: string;
  }[] = [];
  aborted = 0;
  readonly #server: Server;
  #handle: (request: IncomingMessage, response: ServerResponse, body: string) => void;

  constructor(
    handle: (request: IncomingMessage, response: ServerResponse, body: string) => void = (_request, response, body) => response.end(body),
  ) {
    this.#handle = handle;
    this.#server = createServer((request, response) => this.#take(request, response));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async listen(host = '127.0.0.1'): Promise<this> {
    this.#server.listen(0, host);
    await once(this.#server, 'listening');
    return this;
  }

  /** Cuts all connections, as a killed process does. */
  async kill(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    response.on('close', () => {
      if (!response.writableFinished) this.aborted++;
    });
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      this.requests.push({ method, url, headers, body });
      this.#handle(request, response, body);
    });
  }
}
