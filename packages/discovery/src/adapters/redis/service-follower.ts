import { type Repeating, type Runtime, repeat } from '@tutti/core';
import type { RedisConnection } from '@tutti/core/redis';
import type { RegistryChange } from '../../backend/discovery-backend.ts';
import { OpenWatches } from '../open-watches.ts';
import { KnownLives } from './known-lives.ts';
import { type Look, lookOf } from './look.ts';
import { PacedRing } from './paced-ring.ts';
import { lookScript } from './registry-lua.ts';

export interface FollowerTimes {
  /** How late the end of a lease is noticed at most. */
  readonly sweepMs: number;
  /** What a ring that was lost costs at most. */
  readonly lookMs: number;
  /** How often everything is read, whatever the log says. */
  readonly reconcileMs: number;
}

export interface FollowerOptions {
  readonly serviceName: string;
  readonly connection: RedisConnection;
  /** Of the service: what the scripts call K. */
  readonly key: string;
  readonly times: FollowerTimes;
  readonly runtime: Runtime;
  /** Nobody watches any more, or the registry was lost. */
  readonly onEnd: () => void;
}

/** A clock that seems to go back by less was only asked over a slow line. */
const setBackMs = 1_000;

/**
 * Follows one service for all that watch it in this process. Looks when the bell rings, when the next lease is due to end, when the connection is there
 * again, and now and then; each look ends leases that are over, so whoever watches sweeps, and no particular process has to live.
 */
export class ServiceFollower {
  readonly #options: FollowerOptions;
  readonly #lives: KnownLives;
  readonly #watches = new OpenWatches();
  readonly #loop: Repeating;
  readonly #ring: PacedRing;
  readonly #offs: readonly (() => void)[];
  #place = '';
  #dueMs = 0;
  /** When everything has to be read again, by the clock of the runtime. */
  #reconcileAt = Number.NEGATIVE_INFINITY;
  /** The server's clock less that of the runtime: what it falls by is what the server's was set back by. */
  #ahead = Number.NEGATIVE_INFINITY;
  #wasSetBack = false;
  #ended = false;

  constructor(options: FollowerOptions) {
    const { serviceName, connection, key, runtime } = options;
    this.#options = options;
    this.#lives = new KnownLives(serviceName);
    this.#ring = new PacedRing(runtime.clock, () => this.#loop.trigger());
    // throws when the connection of the host is not running; rings only later
    this.#offs = [connection.subscribe(`${key}:bell`, this.#ring.ring), connection.onReady(() => this.#readAll())];
    this.#loop = repeat(runtime, { name: `following ${serviceName} in Redis`, intervalMs: () => this.#pauseMs() }, () => this.#turn());
  }

  /** Resolves when `signal` is aborted or `end` called, and rejects with what `end` is given. */
  async add(listener: (change: RegistryChange) => void, signal: AbortSignal): Promise<void> {
    try {
      await this.#watches.add(listener, signal, () => this.#loop.trigger()); // its snapshot has to be read after it came
    } finally {
      if (this.#watches.size === 0) this.end();
    }
  }

  end(error?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const off of this.#offs) off();
    this.#ring.close();
    void this.#loop.stop(); // never rejects; a look that is under way finds nobody to tell
    this.#options.onEnd();
    this.#watches.endAll(error);
  }

  /** What was said while the connection was away is lost, and perhaps what was kept, too. */
  #readAll(): void {
    this.#reconcileAt = Number.NEGATIVE_INFINITY;
    this.#loop.trigger();
  }

  /** Everybody waits for the end of the same lease: the pauses are spread, so that one is first and its ring tells the others. */
  #pauseMs(): number {
    const { times, runtime } = this.#options;
    const spread = 0.1 + 0.9 * runtime.random();
    return Math.min(times.lookMs * spread, this.#dueMs + times.sweepMs * spread);
  }

  async #turn(): Promise<void> {
    const coming = this.#watches.all.filter(({ begun }) => !begun);
    try {
      const look = await this.#look();
      for (const change of this.#lives.apply(look)) this.#watches.tell(change);
    } catch (error) {
      return this.end(error);
    }
    for (const watch of coming) {
      for (const change of this.#lives.beginning()) watch.tell(change);
      watch.begun = true;
    }
  }

  async #look(): Promise<Look> {
    const { connection, key, runtime, times } = this.#options;
    const whole = runtime.clock.now() >= this.#reconcileAt;
    if (whole) this.#reconcileAt = runtime.clock.now() + times.reconcileMs;
    const look = lookOf(await connection.script(lookScript, [key], [whole ? '' : this.#place, this.#wasSetBack ? 1 : 0]));
    const ahead = look.now - runtime.clock.now();
    this.#wasSetBack = ahead < this.#ahead - setBackMs;
    if (this.#wasSetBack) this.#loop.trigger();
    this.#ahead = ahead;
    this.#place = look.place;
    this.#dueMs = look.dueMs;
    return look;
  }
}
