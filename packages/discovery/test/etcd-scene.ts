import { randomUUID } from 'node:crypto';
import type { Endpoint } from '@tutti/core';
import { etcdConnection } from '@tutti/core/etcd';
import { type DiscoveryBackend, ServiceDiscovery } from '@tutti/discovery';
import { type EtcdBackendOptions, etcdBackend } from '@tutti/discovery/etcd';
import { type EtcdServer, startEtcd } from '../../../tools/services/etcd.ts';
import { quiet } from './etcd-registry.ts';
import { Watched } from './watched.ts';

/** How often backends compare, unless a control has them never do so. */
export const lookMs = 400;

/** A lease that ends in no test. */
export const long = 600_000;

/** What one test does to an etcd: servers, clients under a prefix of its own, and the end of all of it. */
export class EtcdScene implements AsyncDisposable {
  readonly keyPrefix: string = `${randomUUID()}/`;
  readonly #ends: (() => Promise<unknown>)[] = [];

  /** Ended with the test, the last one first. */
  ends<T>(one: T, end: (one: T) => Promise<unknown>): T {
    this.#ends.push(() => end(one));
    return one;
  }

  async server(): Promise<EtcdServer> {
    return this.ends(await startEtcd(), (server) => server.stop());
  }

  backend(hosts: readonly string[], options: Partial<EtcdBackendOptions> = {}): DiscoveryBackend {
    const { keyPrefix } = this;
    const given = options.connection ? options : { hosts, keyPrefix, commandTimeout: '500ms' as const, ...options };
    return this.ends(etcdBackend({ lookEvery: `${lookMs}ms`, runtime: quiet, ...given }), (backend) => backend.close());
  }

  /** A process that follows `voice` through a ServiceDiscovery, which watches anew whenever its watch is lost. */
  observer(backend: DiscoveryBackend): Watched {
    const discovery = this.ends(new ServiceDiscovery({ backend, runtime: quiet }), (one) => one.stop());
    const history = new Watched();
    discovery.watchEndpoints('voice', history.hear);
    return history;
  }

  /** One watch of a backend, as it is. */
  watched(backend: DiscoveryBackend): Watched & { readonly ended: Promise<void> } {
    const history = new Watched();
    const ending = this.ends(new AbortController(), async (one) => one.abort());
    const ended = backend.watch('voice', history.hear, ending.signal);
    ended.catch(() => undefined); // whoever cares awaits it
    return Object.assign(history, { ended });
  }

  /** What the registry holds of `voice`, asked of a server past everything that is tested. */
  async held(url: string): Promise<readonly Endpoint[]> {
    await using connection = etcdConnection({ hosts: [url], runtime: quiet });
    await connection.start();
    const { entries } = await connection.range({ prefix: `${this.keyPrefix}endpoints/voice/` });
    return entries.filter(({ key }) => !key.endsWith('/farewell')).map(({ value }) => JSON.parse(value) as Endpoint);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) await end();
  }
}
