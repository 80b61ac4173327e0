import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startWebServer, type WebServer } from '../../../../tools/services/web-server.ts';

export type BackEnd = 'node' | 'nginx' | 'haproxy' | 'apache2';

/** A server that writes down what it reads. */
export function startBackEnd(name: BackEnd): Promise<WebServer> {
  return name === 'node' ? startNode() : startWebServer(name);
}

/** Of a request that was broken off, which is no other request. */
const cut: ReadonlySet<unknown> = new Set(['ECONNRESET', 'HPE_INVALID_EOF_STATE']);

async function startNode(): Promise<WebServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    request.resume().once('end', () => response.end('ok'));
  });
  server.on('clientError', (error: Error & { readonly code?: string }, socket) => {
    if (!cut.has(error.code)) requests.push(`unreadable: ${error.code}`);
    socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    requests: () => requests,
    async stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
