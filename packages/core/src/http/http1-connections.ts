import { checkOptions } from '../options/check-options.ts';
import { type Duration, durationMs } from '../options/duration.ts';
import { callable, duration, matching, objectWith, wholeNumber } from '../options/rules.ts';
import type { DispatchHandler, DispatchRequest, HttpDispatcher } from '../ports/http-dispatcher.ts';
import { httpOrigin } from '../ports/http-origin.ts';
import { defaultRuntime, type Runtime } from '../runtime/runtime.ts';
import { ConnectionPool } from './connection-pool.ts';
import { Exchange } from './exchange.ts';
import { httpError } from './http-errors.ts';
import { Patience } from './patience.ts';
import { requestHead, unsendable } from './request-head.ts';

/** Where a server listens. */
export interface Http1Address {
  /** A name or an address; one of IPv6 without brackets, with its zone if it has one. */
  readonly host: string;
  readonly port: number;
}

export interface Http1Options {
  /** At most so many at once; further requests wait for one, in their order. @defaultValue 128 */
  readonly maxConnections?: number;
  /** @defaultValue '2s' */
  readonly connectTimeout?: Duration;
  /** An unused connection is closed after this, or one second before the server says that it would be. @defaultValue '4s' */
  readonly idleTimeout?: Duration;
  /** A connection this old, give or take a tenth, takes no further request, so that load follows changes behind a name. @defaultValue '5m' */
  readonly maxAge?: Duration;
  /** A connection was made. */
  readonly onConnected?: () => void;
  /** One could not be made: refused, unreachable, too slow. */
  readonly onConnectFailed?: (error: Error) => void;
  readonly runtime?: Pick<Runtime, 'clock' | 'random'>;
}

export const http1Defaults = { maxConnections: 128, connectTimeout: '2s', idleTimeout: '4s', maxAge: '5m' } as const;

/** The host also goes into the head of every request. */
const addressRules = {
  host: matching('a host name or an address without brackets', /^[\w.:-]+(?:%[\w.-]+)?$/),
  port: wholeNumber({ min: 1, max: 65_535 }),
};

/**
 * HTTP/1.1 to one server (RFC 9112): kept connections, one request at a time on each, the newest first, so that those that are not needed
 * grow old. Nothing is connected before something is dispatched.
 *
 * Strict in both directions. What cannot be sent unmistakably is refused before a byte leaves; an answer that two readers could read in two
 * ways is none, and its connection ends. What comes unasked on a kept connection ends it. Heads of answers have at most 16 KiB.
 *
 * Nothing is ever sent twice: who gets an error after `onRequestStart` knows that the server may have the request.
 *
 * @example
 * ```ts
 * import { Http1Connections } from '@tutti/core/http';
 *
 * const server = new Http1Connections({ host: '127.0.0.1', port: 8080 }, { maxConnections: 16 });
 * server.dispatch(
 *   { method: 'GET', path: '/' },
 *   {
 *     onRequestStart() {},
 *     onResponseStart(_control, status) { console.log(status); },
 *     onResponseData(_control, chunk) { console.log(chunk.length); },
 *     onResponseEnd() {},
 *     onResponseError(_control, error) { console.error(error); },
 *   },
 * );
 * await server.destroy();
 * ```
 */
export class Http1Connections implements HttpDispatcher {
  readonly #origin: string;
  readonly #authority: string;
  readonly #runtime: Pick<Runtime, 'clock' | 'random'>;
  readonly #pool: ConnectionPool;

  /** @throws INVALID_OPTIONS naming the path. */
  constructor(address: Http1Address, options: Http1Options = {}) {
    const { host, port } = checkOptions('http1.address', address, { required: addressRules });
    const checked = checkHttp1Options(options);
    const { maxConnections, connectTimeout, idleTimeout, maxAge, onConnected, onConnectFailed, runtime = defaultRuntime } = checked;
    this.#origin = httpOrigin({ host: host.replace(/%.*$/, ''), port }); // a zone means nothing to anybody else (RFC 6874, section 1)
    this.#authority = this.#origin.slice('http://'.length);
    this.#runtime = runtime;
    this.#pool = new ConnectionPool({
      origin: this.#origin,
      address: { host, port },
      maxConnections,
      connectMs: durationMs(connectTimeout),
      idleMs: durationMs(idleTimeout),
      maxAgeMs: durationMs(maxAge),
      onConnected,
      onConnectFailed,
      runtime,
    });
  }

  dispatch(request: DispatchRequest, handler: DispatchHandler): boolean {
    let exchange: Exchange;
    try {
      if (request.upgrade !== undefined && !handler.onRequestUpgrade) throw unsendable('its handler cannot switch protocols');
      exchange = new Exchange(
        request,
        requestHead(request, this.#authority),
        handler,
        Patience.of(request, this.#origin, this.#runtime.clock),
      );
    } catch (error) {
      new Exchange(request, { text: '', length: 0 }, handler, undefined).failed(error as Error);
      return true;
    }
    return this.#pool.take(exchange);
  }

  /** Ends every connection, and fails what waits for one or is under way. Resolves when nothing of it is left. */
  destroy(): Promise<void> {
    return this.#pool.destroy(httpError('HTTP_DESTROYED', { origin: this.#origin }));
  }
}

function checkHttp1Options(options: Http1Options): Http1Options & Required<Pick<Http1Options, keyof typeof http1Defaults>> {
  return checkOptions(
    'http1',
    options,
    {
      optional: {
        maxConnections: wholeNumber({ min: 1 }),
        connectTimeout: duration,
        idleTimeout: duration,
        maxAge: duration,
        onConnected: callable,
        onConnectFailed: callable,
        runtime: objectWith('a Runtime', 'clock', 'random'),
      },
    },
    http1Defaults,
  );
}
