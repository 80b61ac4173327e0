import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface VerbatimProxy {
  readonly port: number;
  /** The requests that it believes to have passed on, as `method target`. */
  readonly sent: readonly string[];
  close(): void;
}

/**
 * What a gateway must not be: it finds where a request ends in its own way and passes its bytes on as they came, framing included, so that
 * the server behind it may find another end.
 */
export async function verbatimProxy(target: number): Promise<VerbatimProxy> {
  const sent: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const service = connect(target, '127.0.0.1');
    sockets.add(client).add(service);
    for (const [one, other] of [
      [client, service],
      [service, client],
    ] as const) {
      one.on('error', () => {});
      one.on('close', () => other.destroy());
    }
    service.pipe(client);
    let waiting = '';
    client.on('data', (chunk) => {
      waiting += chunk.toString('latin1');
      for (let size = messageLength(waiting); size !== undefined; size = messageLength(waiting)) {
        const message = waiting.slice(0, size);
        waiting = waiting.slice(size);
        const [method, path] = message.trimStart().split(' ');
        sent.push(`${method} ${path}`);
        service.write(message, 'latin1');
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    sent,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** By its length if it has one, else by its chunks; undefined while it is not whole. */
function messageLength(bytes: string): number | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const head = bytes.slice(0, headEnd);
  const start = headEnd + 4;
  const length = /^content-length:\s*(\d+)/im.exec(head)?.[1];
  if (length !== undefined) return bytes.length >= start + Number(length) ? start + Number(length) : undefined;
  if (!/^transfer-encoding:.*chunked/im.test(head)) return start;
  const end = bytes.indexOf('0\r\n\r\n', start);
  return end === -1 ? undefined : end + 5;
}
