import {
  checkOptions,
  coreError,
  type Duration,
  defaultRuntime,
  duration,
  durationMs,
  type Endpoint,
  type EndpointRef,
  objectWith,
  type Runtime,
} from '@tutti/core';
import {
  PlacedConnection,
  type RedisArgument,
  type RedisConnection,
  type RedisPlace,
  redisDurability,
  redisPlaceDefaults,
  redisPlaceRules,
} from '@tutti/core/redis';
import type { DiscoveryBackend, DiscoveryCapabilities, LifeState, RegistryChange } from '../backend/discovery-backend.ts';
import { storeEndpoint } from '../backend/stored-endpoint.ts';
import { writeScript } from './redis/registry-lua.ts';
import { type FollowerTimes, ServiceFollower } from './redis/service-follower.ts';
import { WriteLane } from './redis/write-lane.ts';

export type { RedisPlace } from '@tutti/core/redis';

export interface RedisBackendOptions extends RedisPlace {
  /** How late the end of a lease is noticed at most. @defaultValue '1s' */
  readonly sweepInterval?: Duration;
  /** How often a service that is watched is looked at without a message: what a lost one costs at most. @defaultValue '5s' */
  readonly lookEvery?: Duration;
  /** How often all of it is read, which makes good what somebody changed past this kit. @defaultValue '1m' */
  readonly reconcileEvery?: Duration;
  /** Only pauses are measured by its clock; leases are by that of the server. */
  readonly runtime?: Runtime;
}

const defaults = { ...redisPlaceDefaults, sweepInterval: '1s', lookEvery: '5s', reconcileEvery: '1m' } as const;
export const redisBackendDefaults: typeof redisPlaceDefaults & {
  readonly sweepInterval: '1s';
  readonly lookEvery: '5s';
  readonly reconcileEvery: '1m';
} = defaults;

/**
 * Endpoints in a Redis server or cluster (7.0 or later), for any number of processes on any number of hosts. Leases are measured by the server's clock, and
 * every write is a script that compares incarnations. A service lies in one slot of a cluster, and services are spread over it.
 *
 * Nothing has to be persistent: a registry that was lost is written anew by those who are registered there, within a third of their leases' length, as new
 * lives. A failover to a replica that had not heard of a write loses it in the same way, which for the end of a life means until its lease is over.
 *
 * @example
 * ```ts
 * import { ServiceDiscovery } from '@tutti/discovery';
 * import { redisBackend } from '@tutti/discovery/redis';
 *
 * const discovery = new ServiceDiscovery({ backend: redisBackend({ url: 'redis://127.0.0.1:6379' }) });
 * await discovery.registerService({ serviceName: 'voice', host: '127.0.0.1', port: 8009 });
 * console.log(await discovery.getService('voice'));
 * await discovery.stop();
 * ```
 */
export function redisBackend(options: RedisBackendOptions): DiscoveryBackend {
  const { runtime = defaultRuntime, ...checked } = checkOptions<RedisBackendOptions, typeof defaults>(
    'redisBackend',
    options,
    {
      optional: {
        ...redisPlaceRules,
        sweepInterval: duration,
        lookEvery: duration,
        reconcileEvery: duration,
        runtime: objectWith('a Runtime', 'clock', 'random'),
      },
    },
    defaults,
  );
  const times: FollowerTimes = {
    sweepMs: durationMs(checked.sweepInterval, 'redisBackend.sweepInterval'),
    lookMs: durationMs(checked.lookEvery, 'redisBackend.lookEvery'),
    reconcileMs: durationMs(checked.reconcileEvery, 'redisBackend.reconcileEvery'),
  };
  return new RedisBackend(new PlacedConnection('redisBackend', checked), times, runtime);
}

class RedisBackend implements DiscoveryBackend {
  readonly name = 'redis';
  readonly capabilities: DiscoveryCapabilities = { registers: true };
  readonly #place: PlacedConnection;
  readonly #times: FollowerTimes;
  readonly #runtime: Runtime;
  readonly #lanes = new Map<string, WriteLane>();
  readonly #followers = new Map<string, ServiceFollower>();
  #opening: Promise<RedisConnection> | undefined;
  #closed = false;

  constructor(place: PlacedConnection, times: FollowerTimes, runtime: Runtime) {
    this.#place = place;
    this.#times = times;
    this.#runtime = runtime;
  }

  async put(endpoint: Endpoint, ttlMs: number): Promise<void> {
    await this.#write('put', endpoint, Math.ceil(ttlMs), endpoint.state, storeEndpoint(endpoint));
  }

  async renew(lives: readonly EndpointRef[], ttlMs: number): Promise<readonly LifeState[]> {
    await this.#opened();
    return Promise.all(lives.map((life) => this.#write('renew', life, Math.ceil(ttlMs))));
  }

  mark(life: EndpointRef, state: Endpoint['state']): Promise<LifeState> {
    return this.#write('mark', life, state);
  }

  async remove(life: EndpointRef): Promise<void> {
    await this.#write('remove', life);
  }

  async watch(serviceName: string, listener: (change: RegistryChange) => void, signal: AbortSignal): Promise<void> {
    const connection = await this.#opened();
    if (signal.aborted) return;
    await this.#follower(serviceName, connection).add(listener, signal);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const follower of [...this.#followers.values()]) follower.end();
    const connection = await this.#opening?.catch(() => undefined); // whoever waited for it has been told
    await Promise.all(Array.from(this.#lanes.values(), (lane) => lane.settled()));
    if (connection) await this.#place.close(connection);
  }

  async #write(command: string, life: EndpointRef, ...args: readonly RedisArgument[]): Promise<LifeState> {
    const connection = await this.#opened();
    const { serviceName, instanceId, incarnation } = life;
    const lane = this.#lane(serviceName, connection);
    return (await lane.add([command, instanceId, JSON.stringify(incarnation), ...args])) as LifeState;
  }

  #lane(serviceName: string, connection: RedisConnection): WriteLane {
    const lane =
      this.#lanes.get(serviceName) ?? new WriteLane((commands) => connection.script(writeScript, [this.#key(serviceName)], commands));
    this.#lanes.set(serviceName, lane);
    return lane;
  }

  #follower(serviceName: string, connection: RedisConnection): ServiceFollower {
    const known = this.#followers.get(serviceName);
    if (known) return known;
    const follower = new ServiceFollower({
      serviceName,
      connection,
      key: this.#key(serviceName),
      times: this.#times,
      runtime: this.#runtime,
      onEnd: () => void (this.#followers.get(serviceName) === follower && this.#followers.delete(serviceName)),
    });
    this.#followers.set(serviceName, follower);
    return follower;
  }

  /** Encoded, so that a brace in a name does not end the part that is hashed. */
  #key(serviceName: string): string {
    return `${this.#place.keyPrefix}discovery:{${encodeURIComponent(serviceName)}}`;
  }

  async #opened(): Promise<RedisConnection> {
    this.#throwIfClosed();
    this.#opening ??= this.#open();
    const opening = this.#opening;
    try {
      const connection = await opening;
      this.#throwIfClosed();
      return connection;
    } catch (error) {
      if (this.#opening === opening && !this.#closed) this.#opening = undefined;
      throw error;
    }
  }

  async #open(): Promise<RedisConnection> {
    const connection = await this.#place.open(this.#runtime);
    try {
      await redisDurability(connection.command, connection.name, 'Endpoints'); // throws for a server that evicts, or is too old
      return connection;
    } catch (error) {
      await this.#place.close(connection);
      throw error;
    }
  }

  #throwIfClosed(): void {
    if (this.#closed) throw coreError('NOT_RUNNING', { component: 'the redis backend', state: 'closed' });
  }
}
