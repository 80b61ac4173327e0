import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, isIPv6 } from 'node:net';
import { Call } from '../call/call.ts';
import { coreError } from '../errors/core-errors.ts';
import type { Handler } from '../handler/handler.ts';
import { type Component, component } from '../lifecycle/component.ts';
import { checkOptions } from '../options/check-options.ts';
import { text, wholeNumber } from '../options/rules.ts';
import { defaultRuntime, type Runtime } from '../runtime/runtime.ts';
import { sleep } from '../runtime/sleep.ts';
import { inspectError } from './inspect-errors.ts';
import { handlerOf, type InspectionOptions, inspectionRules } from './inspection-handler.ts';
import type { InspectionRequest, InspectionResponse } from './inspection-message.ts';

export interface InspectionServerOptions extends InspectionOptions {
  /** Where it listens. Anything but a loopback address needs `token` or `authorize`. @defaultValue '127.0.0.1' */
  readonly host?: string;
  /** 0 for any that is free. @defaultValue 0 */
  readonly port?: number;
}

export const inspectionServerDefaults = { host: '127.0.0.1', port: 0 } as const;

/** The inspection API of a process, over HTTP/1.1 from `start` to `stop`. */
export interface InspectionServer extends Component {
  /** Where it listens, such as `http://127.0.0.1:49152`; '' before it does. */
  readonly url: string;
}

/** What a client may take for its headers and its whole request, and what an answer under way gets when the server stops. */
const patienceMs = { headers: 10_000, request: 30_000, stop: 5_000 };

/**
 * Serves the inspection API of this process. HTTP without TLS: beyond the loopback address, put it behind something that has it.
 * `start` throws INSPECT_LISTEN_FAILED. `stop` lets answers under way end, for five seconds at most.
 */
export function inspectionServer(options: InspectionServerOptions): InspectionServer {
  const { required, optional } = inspectionRules;
  const rules = { required: { ...required }, optional: { ...optional, host: text, port: wholeNumber({ max: 65_535 }) } };
  const { host, port, ...rest } = checkOptions('inspectionServer', options, rules, inspectionServerDefaults);
  if (!isLoopback(host) && rest.token === undefined && !rest.authorize) {
    throw coreError('INVALID_OPTIONS', {
      path: 'inspectionServer.host',
      problem: `must be a loopback address while there is neither token nor authorize, got '${host}'`,
    });
  }
  const handler = handlerOf('inspectionServer', rest);
  const runtime = rest.runtime ?? defaultRuntime;
  let server: Server | undefined;
  let url = '';
  const life = component('inspection', {
    async open() {
      server = createServer({
        headersTimeout: patienceMs.headers,
        requestTimeout: patienceMs.request,
        maxHeaderSize: 16_384,
        connectionsCheckingInterval: patienceMs.headers / 2,
        requireHostHeader: false, // asked for later, where the refusal can be a problem
      });
      server.on('request', (message, response) => void answer(handler, message, response, runtime)); // it does not reject
      url = await listen(server, host, port);
    },
    close: () => closeServer(server, runtime),
  });
  return Object.defineProperty(life, 'url', { get: () => url, enumerable: true }) as InspectionServer;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

async function listen(server: Server, host: string, port: number): Promise<string> {
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (cause) {
    const problem = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown reason';
    throw inspectError('INSPECT_LISTEN_FAILED', { host, port, problem }, { cause });
  }
  const { address, port: taken } = server.address() as AddressInfo;
  return `http://${isIPv6(address) ? `[${address}]` : address}:${taken}`;
}

async function closeServer(server: Server | undefined, { clock }: Runtime): Promise<void> {
  if (!server?.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeIdleConnections();
  const late = new AbortController();
  const end = sleep(clock, patienceMs.stop, { signal: late.signal }).then(
    () => server.closeAllConnections(),
    () => undefined, // closed in time
  );
  await closed;
  late.abort();
  await end;
}

/** Answers one request; one that has not been read to its end costs its connection. */
async function answer(
  handler: Handler<InspectionRequest, InspectionResponse>,
  message: IncomingMessage,
  response: ServerResponse,
  runtime: Runtime,
): Promise<void> {
  const { method = 'GET', url: path = '/' } = message;
  const headers = Object.fromEntries(
    Object.entries(message.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
  const { status, headers: own, body } = await handler({ method, path, headers, body: message }, Call.root({ runtime }));
  if (response.destroyed) return;
  const length = method !== 'HEAD' && { 'content-length': String(Buffer.byteLength(body)) };
  response.writeHead(status, { ...own, ...length, ...(!message.complete && { connection: 'close' }) });
  response.end(body);
}
