import { coreError, type Durability } from '@tutti/core';
import type { RedisConnection } from '@tutti/core/redis';
import type { Confirmation } from './redis-sagas.ts';

/**
 * What waiting for replicas adds to the word of the server.
 * @throws STORE_UNSUPPORTED for a cluster: WAIT has no key, so it cannot be sent to the node that wrote.
 */
export async function withReplicas(connection: RedisConnection, { replicas }: Confirmation, found: Durability): Promise<Durability> {
  const info = new Map(
    (await Promise.all(['cluster', 'replication'].map(async (section) => String(await connection.command('INFO', section)))))
      .flatMap((text) => text.split('\r\n'))
      .map((line) => line.split(/:(.*)/s) as [string, string]),
  );
  if (info.get('cluster_enabled') === '1')
    throw coreError('STORE_UNSUPPORTED', { store: connection.name, problem: 'it is a cluster, where wait cannot be kept; leave wait out' });
  const there = Number(info.get('connected_slaves') ?? 0);
  const few = {
    name: 'redis-too-few-replicas',
    message: `${there} of ${replicas} replicas are connected: until they are, nothing is acknowledged.`,
  };
  return {
    acknowledged: `${found.acknowledged} Before that ${replicas} ${replicas === 1 ? 'replica has' : 'replicas have'} taken it over; a failover to one of those loses nothing.`,
    warnings: there < replicas ? [...found.warnings, few] : found.warnings,
  };
}
