import { checkOptions, type Duration, duration, durationMs, httpOrigin, type Runtime, wholeNumber } from '@tutti/core';
import type { Pool } from 'undici';
import { AgeingPool, type AgeingPoolOptions } from './ageing-pool.ts';
import type { Connect, ConnectionEvents, EndpointConnections } from './endpoint-connections.ts';

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

/** HTTP/1.1 over one pool of connections per endpoint, without pipelining. */
export function undiciConnections(options: ConnectionOptions | undefined, runtime: Pick<Runtime, 'clock' | 'random'>): Connect {
  const rules = { maxPerEndpoint: wholeNumber({ min: 1 }), connectTimeout: duration, idleTimeout: duration, maxAge: duration };
  const { maxPerEndpoint, connectTimeout, idleTimeout, maxAge } = checkOptions(
    'mesh.connections',
    options,
    { optional: rules },
    connectionDefaults,
  );
  const pool: Pool.Options = {
    connections: maxPerEndpoint,
    pipelining: 1,
    allowH2: false,
    connectTimeout: durationMs(connectTimeout),
    keepAliveTimeout: durationMs(idleTimeout),
    keepAliveTimeoutThreshold: 1_000,
  };
  const ageing: AgeingPoolOptions = { pool, maxAgeMs: durationMs(maxAge), runtime };
  return (endpoint, events) => {
    const origin = httpOrigin(endpoint);
    return URL.canParse(origin) ? new AgeingPool(origin, ageing, events) : nowhere(origin, events);
  };
}

/** To an address that is valid where it was registered, but not in a URL, as one of IPv6 with a zone: no request gets there. */
function nowhere(origin: string, events: ConnectionEvents): EndpointConnections {
  return {
    dispatch(_request, handler) {
      const error = new Error(`${origin} is no URL`);
      events.connectFailed(error);
      handler.onResponseError({ aborted: true, paused: false, reason: error, abort() {}, pause() {}, resume() {} }, error);
      return true;
    },
    async destroy() {},
  };
}
