import { checkOptions, type Duration, duration, type Runtime, wholeNumber } from '@tutti/core';
import { Http1Connections } from '@tutti/core/http';
import type { Connect } from './endpoint-connections.ts';

/** How the connections to each endpoint are kept. */
export interface ConnectionOptions {
  /** At most so many to one endpoint; further requests wait for one. @defaultValue 128 */
  readonly maxPerEndpoint?: number;
  /** @defaultValue '2s' */
  readonly connectTimeout?: Duration;
  /** An unused connection is closed after this, or one second before the server says it would be. @defaultValue '4s' */
  readonly idleTimeout?: Duration;
  /** When connections are this old, give or take a tenth, new requests get new ones, so that load follows changes behind a name. @defaultValue '5m' */
  readonly maxAge?: Duration;
}

export const connectionDefaults = { maxPerEndpoint: 128, connectTimeout: '2s', idleTimeout: '4s', maxAge: '5m' } as const;

/** HTTP/1.1 over connections of its own for each endpoint, without pipelining. */
export function http1Endpoints(options: ConnectionOptions | undefined, runtime: Pick<Runtime, 'clock' | 'random'>): Connect {
  const rules = { maxPerEndpoint: wholeNumber({ min: 1 }), connectTimeout: duration, idleTimeout: duration, maxAge: duration };
  const { maxPerEndpoint: maxConnections, ...times } = checkOptions('mesh.connections', options, { optional: rules }, connectionDefaults);
  return ({ host, port }, events) =>
    new Http1Connections(
      { host, port },
      {
        maxConnections,
        ...times,
        onConnected: () => events.connected(),
        onConnectFailed: (error) => events.connectFailed(error),
        runtime,
      },
    );
}
