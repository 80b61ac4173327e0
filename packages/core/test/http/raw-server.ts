import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/** One connection as the server sees it. */
export interface Peer {
  readonly socket: Socket;
  /** All that has come on it, in latin1. */
  received: string;
  closed: boolean;
  /** Sends bytes as they are given. */
  say(...text: string[]): void;
}

/** Called with every head that has come, the body bytes behind it not yet taken off. */
export type OnRequest = (peer: Peer, head: string, path: string) => void;

/** A server that shows the bytes it gets and sends the bytes it is told to. */
export class RawServer {
  readonly peers: Peer[] = [];
  readonly #server: Server;

  constructor(onRequest: OnRequest) {
    this.#server = createServer({ noDelay: true }, (socket) => {
      const say = (...text: string[]): void => void socket.write(text.join('\r\n'), 'latin1');
      const peer: Peer = { socket, received: '', closed: false, say };
      this.peers.push(peer);
      let rest = '';
      socket.on('error', () => {});
      socket.on('close', () => {
        peer.closed = true;
      });
      socket.on('data', (chunk) => {
        peer.received += chunk.toString('latin1');
        rest += chunk.toString('latin1');
        for (let end = rest.indexOf('\r\n\r\n'); end !== -1; end = rest.indexOf('\r\n\r\n')) {
          const head = /[A-Z]+ \S+ HTTP\/1\.1\r\n[\s\S]*$/.exec(rest.slice(0, end))?.[0];
          rest = rest.slice(end + 4);
          if (head !== undefined) onRequest(peer, head, head.split(' ', 2)[1] as string);
        }
      });
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get open(): number {
    return this.peers.filter(({ closed }) => !closed).length;
  }

  async listen(host = '127.0.0.1', port = 0): Promise<this> {
    this.#server.listen(port, host);
    await once(this.#server, 'listening');
    return this;
  }

  async close(): Promise<void> {
    for (const { socket } of this.peers) socket.destroy();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A whole answer with a length. */
export function sized(body: string, ...headers: string[]): string {
  return ['HTTP/1.1 200 OK', ...headers, `content-length: ${body.length}`, '', body].join('\r\n');
}
