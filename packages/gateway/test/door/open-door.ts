import { defaultRuntime, type LogFields } from '@tutti/core';
import { onTestFinished } from 'vitest';
import { HttpDoor } from '../../src/door/http-door.ts';
import type { IncomingRequest } from '../../src/http/exchange.ts';
import { checkLimits, type GatewayLimits } from '../../src/http/limits.ts';
import type { ResponseSink } from '../../src/http/response-sink.ts';
import { RawClient } from '../raw-sockets.ts';

export type Serve = (request: IncomingRequest, response: ResponseSink) => void | Promise<void>;

export interface OpenDoor {
  readonly door: HttpDoor;
  readonly logged: { readonly message: string; readonly fields: LogFields | undefined }[];
  /** A new connection. */
  client(): RawClient;
}

/** A door behind which nothing is but a function. It is closed when the test is over. */
export async function openDoor(
  serve: Serve,
  { limits = {}, knows = [] }: { limits?: GatewayLimits; knows?: readonly string[] } = {},
): Promise<OpenDoor> {
  const logged: OpenDoor['logged'] = [];
  const logger = {
    enabled: () => true,
    log: (_level: string, message: string, fields?: LogFields) => void logged.push({ message, fields }),
  };
  const door = new HttpDoor({
    serve: (request, response) => Promise.resolve(serve(request, response)),
    knows: (protocol) => knows.includes(protocol),
    readiness: { path: '/ready', isReady: () => true },
    isProxy: () => false,
    limits: checkLimits({ lameDuck: '0ms', drainTimeout: '0ms', ...limits }),
    runtime: { ...defaultRuntime, logger },
  });
  const port = await door.listen(0, '127.0.0.1');
  onTestFinished(() => door.close());
  const client = (): RawClient => {
    const one = new RawClient(port);
    onTestFinished(() => void one.socket.destroy());
    return one;
  };
  return { door, logged, client };
}

/** A whole answer. */
export function say(response: ResponseSink, text: string, status = 200): void {
  response.begin(status, ['content-length', String(Buffer.byteLength(text))]);
  response.end(Buffer.from(text));
}

export const get = (target = '/', more = ''): string => `GET ${target} HTTP/1.1\r\nHost: h\r\n${more}\r\n`;

export const post = (length: number, body = '', more = ''): string =>
  `POST / HTTP/1.1\r\nHost: h\r\nContent-Length: ${length}\r\n${more}\r\n${body}`;
