import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { eventually } from '@tutti/core/testing';

/** A server that shows the bytes it gets and sends the bytes it is told to, so that no library tidies them up. */
export class RawServer {
  /** What each connection has received so far. */
  readonly received: string[] = [];
  readonly sockets: Socket[] = [];
  closed = 0;
  readonly #server: Server;

  /** @param onRequest Called with every request head (body bytes may follow it) that a connection has received. */
  constructor(onRequest: (socket: Socket, head: string) => void) {
    this.#server = createServer((socket) => {
      const index = this.received.push('') - 1;
      this.sockets.push(socket);
      let rest = '';
      socket.on('error', () => {});
      socket.on('close', () => this.closed++);
      socket.on('data', (chunk) => {
        this.received[index] += chunk.toString('latin1');
        rest += chunk.toString('latin1');
        const end = rest.indexOf('\r\n\r\n');
        if (end === -1 || !/^[A-Z]+ /.test(rest)) return;
        const head = rest.slice(0, end);
        rest = rest.slice(end + 4);
        onRequest(socket, head);
      });
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async listen(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A client that sends the bytes it is given. */
export class RawClient {
  readonly socket: Socket;
  received = '';
  isClosed = false;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('error', () => {});
    this.socket.on('data', (chunk) => {
      this.received += chunk.toString('latin1');
    });
    this.socket.on('close', () => {
      this.isClosed = true;
    });
  }

  send(text: string): this {
    this.socket.write(text, 'latin1');
    return this;
  }

  async until(what: string | RegExp): Promise<string> {
    await eventually(`the client has received ${what}`, () =>
      typeof what === 'string' ? this.received.includes(what) : what.test(this.received),
    );
    return this.received;
  }

  async closed(): Promise<string> {
    await eventually('the connection is closed', () => this.isClosed);
    return this.received;
  }
}

/** Header lines of a head, in lower case, sorted. */
export function headerLines(head: string): string[] {
  return (head.split('\r\n\r\n')[0] ?? '')
    .split('\r\n')
    .slice(1)
    .map((line) => line.toLowerCase())
    .sort();
}
