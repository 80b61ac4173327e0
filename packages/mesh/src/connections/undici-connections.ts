import { checkOptions, type Duration, duration, durationMs, type Endpoint, wholeNumber } from '@tutti/core';
import { Pool } from 'undici';
import type { Connect, ConnectionEvents, EndpointConnections } from './endpoint-connections.ts';

/** How the connections to each endpoint are kept. */
export interface ConnectionOptions {
  /** At most so many to one endpoint; further requests wait for one. @defaultValue 128 */
  readonly maxPerEndpoint?: number;
  /** @defaultValue '2s' */
  readonly connectTimeout?: Duration;
  /** An unused connection is closed after this, or one second before the server says it would be. @defaultValue '4s' */
  readonly idleTimeout?: Duration;
  /** An older connection takes no new request, so that load follows changes behind a name. @defaultValue '5m' */
  readonly maxAge?: Duration;
}

export const connectionDefaults = { maxPerEndpoint: 128, connectTimeout: '2s', idleTimeout: '4s', maxAge: '5m' } as const;

/** HTTP/1.1 over one undici pool per endpoint, without pipelining. */
export function undiciConnections(options: ConnectionOptions | undefined): Connect {
  const rules = { maxPerEndpoint: wholeNumber({ min: 1 }), connectTimeout: duration, idleTimeout: duration, maxAge: duration };
  const { maxPerEndpoint, connectTimeout, idleTimeout, maxAge } = checkOptions(
    'mesh.connections',
    options,
    { optional: rules },
    connectionDefaults,
  );
  const poolOptions: Pool.Options = {
    connections: maxPerEndpoint,
    pipelining: 1,
    allowH2: false,
    connectTimeout: durationMs(connectTimeout),
    keepAliveTimeout: durationMs(idleTimeout),
    keepAliveTimeoutThreshold: 1_000,
    clientTtl: durationMs(maxAge),
  };
  return (endpoint, events) => openPool(endpoint, events, poolOptions);
}

function openPool(endpoint: Endpoint, events: ConnectionEvents, options: Pool.Options): EndpointConnections {
  const host = endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host;
  const pool = new Pool(`http://${host}:${endpoint.port}`, options);
  pool.on('connect', () => events.connected());
  pool.on('connectionError', (_origin, _targets, error) => events.connectFailed(error));
  return pool as EndpointConnections; // its own types ask for a Readable where the port says any readable stream
}
