import type { Component, Runtime } from '@tutti/core';
import { sqliteDatabase } from '@tutti/core/sqlite';
import type { DiscoveryBackend } from '@tutti/discovery';
import { sqliteBackend } from '@tutti/discovery/sqlite';
import { type DataFolder, nameAtServers } from './data-folder.ts';
import { serverUrl } from './server-url.ts';

/** Where the processes of a platform find each other: in a file of its own, or with an etcd that is there already. */
export type RegistryPlace = { readonly kind: 'sqlite' } | { readonly kind: 'etcd'; readonly hosts: readonly string[] };

/** How the place is told to the service processes. */
export const registryVariable = 'TUTTI_REGISTRY';

export const registryToEnv = (place: RegistryPlace): string => JSON.stringify(place);

export function registryFromEnv(env: Readonly<Record<string, string | undefined>>): RegistryPlace {
  return JSON.parse(env[registryVariable] ?? '{"kind":"sqlite"}') as RegistryPlace;
}

/**
 * Reads the option of the command line: one address, or those of several members with commas between them.
 * @throws USAGE
 */
export function registryPlaceOf(etcd: unknown): RegistryPlace {
  if (etcd === undefined) return { kind: 'sqlite' };
  return {
    kind: 'etcd',
    hosts: String(etcd)
      .split(',')
      .map((host) => serverUrl('--etcd', host, ['http:', 'https:'])),
  };
}

/** The backend of one process, and what has to run before it is used. */
export interface Registry {
  readonly backend: DiscoveryBackend;
  readonly part: Component;
}

/** Platforms that share an etcd keep apart by their data folders. */
export async function registryAt(
  place: RegistryPlace,
  data: Pick<DataFolder, 'path' | 'registryFile'>,
  runtime?: Runtime,
): Promise<Registry> {
  const told = runtime && { runtime };
  if (place.kind === 'etcd') {
    const [{ etcdConnection }, { etcdBackend }] = await Promise.all([import('@tutti/core/etcd'), import('@tutti/discovery/etcd')]);
    const connection = etcdConnection({ hosts: place.hosts, keyPrefix: prefixInEtcd(data), ...told });
    return { backend: etcdBackend({ connection, ...told }), part: connection };
  }
  const database = sqliteDatabase({ path: data.registryFile, ...told });
  return { backend: sqliteBackend({ database }), part: database };
}

/** Begins all that a platform keeps in an etcd. */
export const prefixInEtcd = (data: Pick<DataFolder, 'path'>): string => `tutti/${nameAtServers(data)}/`;
