import type { DispatchHandler, DispatchRequest, HttpDispatcher, Runtime } from '@tutti/core';
import { Pool } from 'undici';
import type { ConnectionEvents, EndpointConnections } from './endpoint-connections.ts';

export interface AgeingPoolOptions {
  readonly pool: Pool.Options;
  /** When connections are this old, give or take a tenth, new requests get new ones. */
  readonly maxAgeMs: number;
  readonly runtime: Pick<Runtime, 'clock' | 'random'>;
}

/**
 * The connections to one endpoint, which are given up together when the first of them grows old. undici's own limit asks every
 * client of a pool for its age at every request, with a look at the clock for each: a tenth of the time of a small request.
 */
export class AgeingPool implements EndpointConnections {
  readonly #url: string;
  readonly #options: AgeingPoolOptions;
  readonly #events: ConnectionEvents;
  /** Pools that may have connections, the one in use included. */
  readonly #alive = new Set<Pool>();
  #pool: Pool & HttpDispatcher;
  #oldAt: number = Number.POSITIVE_INFINITY;
  #destroyed: Promise<void> | undefined = undefined;

  constructor(url: string, options: AgeingPoolOptions, events: ConnectionEvents) {
    this.#url = url;
    this.#options = options;
    this.#events = events;
    this.#pool = this.#open();
  }

  dispatch(request: DispatchRequest, handler: DispatchHandler): boolean {
    if (this.#options.runtime.clock.now() >= this.#oldAt) this.#replace();
    return this.#pool.dispatch(request, handler);
  }

  destroy(): Promise<void> {
    this.#destroyed ??= Promise.all([...this.#alive].map((pool) => pool.destroy())).then(() => undefined);
    return this.#destroyed;
  }

  /** What is under way on the old ones ends there. */
  #replace(): void {
    if (this.#destroyed) return;
    const old = this.#pool;
    this.#oldAt = Number.POSITIVE_INFINITY;
    this.#pool = this.#open();
    const gone = (): void => void this.#alive.delete(old);
    old.close().then(gone, gone);
  }

  #open(): Pool & HttpDispatcher {
    const pool = new Pool(this.#url, this.#options.pool) as Pool & HttpDispatcher; // its own types ask for a Readable where the port says any readable stream
    pool.on('connect', () => {
      if (pool === this.#pool && this.#oldAt === Number.POSITIVE_INFINITY) this.#oldAt = this.#oldFromNow();
      this.#events.connected();
    });
    pool.on('connectionError', (_origin, _targets, error) => this.#events.connectFailed(error));
    this.#alive.add(pool);
    return pool;
  }

  #oldFromNow(): number {
    const { maxAgeMs, runtime } = this.#options;
    return runtime.clock.now() + maxAgeMs * (0.9 + 0.2 * runtime.random());
  }
}
