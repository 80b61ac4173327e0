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
  text,
} from '@tutti/core';
import { type EtcdConnection, type EtcdPlace, etcdPlace, etcdPlaceRules } from '@tutti/core/etcd';
import type { DiscoveryBackend, DiscoveryCapabilities, LifeState, RegistryChange } from '../backend/discovery-backend.ts';
import { RegistryWriter } from './etcd/registry-writer.ts';
import { ServiceFollower } from './etcd/service-follower.ts';
import { ServiceKeys } from './etcd/service-keys.ts';

export type { EtcdPlace } from '@tutti/core/etcd';

export type EtcdBackendOptions = EtcdPlace & {
  /** Begins every key, after the prefix of the connection: registries of different prefixes share nothing. @defaultValue 'endpoints/' */
  readonly prefix?: string;
  /** How often what a watch has heard is compared with what there is: how late it is noticed that it hears nothing any more. @defaultValue '10s' */
  readonly lookEvery?: Duration;
  /** Only pauses and patience are measured by its clock; leases are by those of the servers. */
  readonly runtime?: Runtime;
};

export const etcdBackendDefaults = { prefix: 'endpoints/', lookEvery: '10s' } as const;

/**
 * Endpoints in etcd (3.4 or newer), for any number of processes on any number of hosts. What is written is on the disks of a majority of the members and
 * survives the loss of the others. Each life has a lease of its own, which etcd counts in whole seconds, two at least, and begins anew when the cluster
 * elects another leader: the end of a lease may come late by its length then, never early.
 *
 * Calls that concern the same instance take effect in the order in which they were made; those of different instances are sent side by side.
 *
 * @example
 * ```ts
 * import { ServiceDiscovery } from '@tutti/discovery';
 * import { etcdBackend } from '@tutti/discovery/etcd';
 *
 * const backend = etcdBackend({ hosts: ['http://10.0.0.1:2379', 'http://10.0.0.2:2379', 'http://10.0.0.3:2379'] });
 * const discovery = new ServiceDiscovery({ backend });
 * await discovery.registerService({ serviceName: 'voice', host: '127.0.0.1', port: 8009 });
 * console.log(await discovery.getService('voice'));
 * await discovery.stop();
 * ```
 */
export function etcdBackend(options: EtcdBackendOptions): DiscoveryBackend {
  const checked = checkOptions<EtcdBackendOptions, typeof etcdBackendDefaults>(
    'etcdBackend',
    options,
    { optional: { ...etcdPlaceRules, prefix: text, lookEvery: duration, runtime: objectWith('a Runtime', 'clock', 'random') } },
    etcdBackendDefaults,
  );
  return new EtcdBackend(checked);
}

interface Opened {
  readonly connection: EtcdConnection;
  readonly keys: ServiceKeys;
  readonly writer: RegistryWriter;
}

class EtcdBackend implements DiscoveryBackend {
  readonly name = 'etcd';
  readonly capabilities: DiscoveryCapabilities = { registers: true };
  readonly #connection: EtcdConnection;
  /** Whether the connection is opened and closed here. */
  readonly #owned: boolean;
  readonly #prefix: string;
  readonly #lookMs: number;
  readonly #runtime: Runtime;
  readonly #closing = new AbortController();
  readonly #watches = new Set<Promise<void>>();
  #opening: Promise<Opened> | undefined;

  constructor(options: EtcdBackendOptions & Required<Pick<EtcdBackendOptions, keyof typeof etcdBackendDefaults>>) {
    const { runtime = defaultRuntime, prefix, lookEvery } = options;
    this.#runtime = runtime;
    this.#prefix = prefix;
    this.#lookMs = durationMs(lookEvery, 'etcdBackend.lookEvery');
    this.#owned = options.connection === undefined;
    this.#connection = etcdPlace('etcdBackend', options, runtime);
  }

  async put(endpoint: Endpoint, ttlMs: number): Promise<void> {
    await (await this.#opened()).writer.put(endpoint, ttlMs);
  }

  async renew(lives: readonly EndpointRef[], ttlMs: number): Promise<readonly LifeState[]> {
    return (await this.#opened()).writer.renew(lives, ttlMs);
  }

  async mark(life: EndpointRef, state: Endpoint['state']): Promise<LifeState> {
    return (await this.#opened()).writer.mark(life, state);
  }

  async remove(life: EndpointRef): Promise<void> {
    await (await this.#opened()).writer.remove(life);
  }

  async watch(serviceName: string, listener: (change: RegistryChange) => void, signal: AbortSignal): Promise<void> {
    const { connection, keys } = await this.#opened();
    const ending = AbortSignal.any([signal, this.#closing.signal]);
    const options = { serviceName, connection, keys, lookMs: this.#lookMs, runtime: this.#runtime, listener, signal: ending };
    const watching = new ServiceFollower(options).run();
    this.#watches.add(watching);
    try {
      await watching;
    } catch (error) {
      if (!ending.aborted) throw error;
    } finally {
      this.#watches.delete(watching);
    }
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    const opened = await this.#opening?.catch(() => undefined); // whoever waited for it has been told
    await opened?.writer.settled();
    if (this.#owned) await this.#connection.stop();
    await Promise.allSettled(this.#watches);
  }

  async #opened(): Promise<Opened> {
    this.#throwIfClosed();
    this.#opening ??= this.#open();
    const opening = this.#opening;
    try {
      const opened = await opening;
      this.#throwIfClosed();
      return opened;
    } catch (error) {
      if (this.#opening === opening && !this.#closing.signal.aborted) this.#opening = undefined;
      throw error;
    }
  }

  async #open(): Promise<Opened> {
    const connection = this.#connection;
    if (this.#owned) await connection.start();
    const keys = new ServiceKeys(`${connection.keyPrefix}${this.#prefix}`);
    return { connection, keys, writer: new RegistryWriter(connection, keys) };
  }

  #throwIfClosed(): void {
    if (this.#closing.signal.aborted) throw coreError('NOT_RUNNING', { component: 'the etcd backend', state: 'closed' });
  }
}
