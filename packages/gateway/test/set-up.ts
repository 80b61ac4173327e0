import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { defaultRuntime, type LogFields } from '@tutti/core';
import { onTestFinished } from 'vitest';
import { APIGateway, type GatewayOptions, type Listening } from '../src/index.ts';
import { PoolLeaser } from './pool-leaser.ts';
import { RawClient, RawServer } from './raw-sockets.ts';

export interface Stage {
  readonly gateway: APIGateway;
  readonly upstreams: PoolLeaser;
  readonly logged: { readonly level: string; readonly fields: LogFields | undefined }[];
  /** Opens a door that is closed when the test ends. */
  open(): Promise<Listening>;
}

/** A gateway over nothing yet; all of it is gone when the test is over. */
export function stage(options: Partial<GatewayOptions> = {}): Stage {
  const upstreams = new PoolLeaser();
  const logged: Stage['logged'] = [];
  const logger = {
    enabled: (level: string) => level !== 'info',
    log: (level: string, _message: string, fields?: LogFields) => void logged.push({ level, fields }),
  };
  const gateway = new APIGateway({
    upstreams,
    runtime: { ...defaultRuntime, logger },
    ...options,
    limits: { lameDuck: '0ms', drainTimeout: '1s', ...options.limits },
  });
  onTestFinished(async () => {
    await gateway.stop();
    await upstreams.close();
  });
  return { gateway, upstreams, logged, open: () => gateway.listen({ port: 0 }) };
}

export async function rawServer(...onRequest: ConstructorParameters<typeof RawServer>): Promise<RawServer> {
  const server = await new RawServer(...onRequest).listen();
  onTestFinished(() => server.close());
  return server;
}

export function rawClient(port: number): RawClient {
  const client = new RawClient(port);
  onTestFinished(() => void client.socket.destroy());
  return client;
}

/** A plain server; returns its port. */
export function httpServer(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<number> {
  return portOf(createServer(handle));
}

/** The port of a server, which listens then and is closed when the test ends. */
export async function portOf(server: Server): Promise<number> {
  if (!server.listening) await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
