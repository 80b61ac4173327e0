import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { defaultRuntime, type Runtime, silentLogger } from '@tutti/core';
import { etcdConnection } from '@tutti/core/etcd';
import type { DiscoveryBackend } from '@tutti/discovery';
import { type EtcdBackendOptions, etcdBackend } from '@tutti/discovery/etcd';
import type { BackendSubject } from '@tutti/discovery/testing';

export const quiet: Runtime = { ...defaultRuntime, logger: silentLogger };

/** A place of its own in an etcd, and clients with connections of their own. Leases are measured by the servers, so time is real. */
export function etcdSubject(hosts: readonly string[], options: Partial<EtcdBackendOptions> = {}): BackendSubject {
  const keyPrefix = `${randomUUID()}/`;
  const backends: DiscoveryBackend[] = [];
  return {
    runtime: quiet,
    connect() {
      const backend = etcdBackend({ hosts, keyPrefix, lookEvery: '500ms', runtime: quiet, ...options });
      backends.push(backend);
      return backend;
    },
    pass: (ms) => pause(ms),
    plant: (serviceName, instanceId, record) => plantRecord(hosts, `${keyPrefix}endpoints/${serviceName}/${instanceId}`, record),
    async dispose() {
      await Promise.all(backends.map((backend) => backend.close()));
    },
  };
}

/** Leaves a record at a key, as somebody would who knows nothing of leases. */
async function plantRecord(hosts: readonly string[], key: string, value: string): Promise<void> {
  await using connection = etcdConnection({ hosts, runtime: quiet });
  await connection.start();
  await connection.transact({ apply: [{ put: key, value }] });
}

/** Has an etcd forget what was before now. */
export async function compactNow(url: string): Promise<void> {
  const ask = async (path: string, body: object): Promise<{ readonly header: { readonly revision: string } }> => {
    const response = await fetch(`${url}/v3/kv/${path}`, { method: 'POST', body: JSON.stringify(body) });
    if (!response.ok) throw new Error(await response.text());
    return (await response.json()) as { readonly header: { readonly revision: string } };
  };
  const { revision } = (await ask('range', { key: 'AA==' })).header;
  await ask('compaction', { revision, physical: true });
}
