import { coreError } from '@tutti/core';
import { redisConnection } from '@tutti/core/redis';
import type { Places } from '../command/arguments.ts';
import { type DataFolder, nameAtServers } from './data-folder.ts';
import { prefixInEtcd } from './registry-place.ts';
import { schemaOf } from './saga-place.ts';

/** Removes what a platform has kept at servers. Only for one whose folder is gone with it: nobody finds that again. */
export async function clearServers({ events, sagas, registry }: Places, data: Pick<DataFolder, 'path'>): Promise<void> {
  if (events.kind === 'redis') await clearRedis(events.url, nameAtServers(data));
  if (events.kind === 'amqp') {
    const { removeAmqpBus } = await import('@tutti/messaging/amqp');
    await removeAmqpBus({ url: events.url, name: nameAtServers(data) });
  }
  if (sagas.kind === 'postgres') await clearPostgres(sagas.url, schemaOf(data));
  if (registry.kind === 'etcd') await clearEtcd(registry.hosts, prefixInEtcd(data));
}

async function clearEtcd(hosts: readonly string[], prefix: string): Promise<void> {
  const { etcdConnection } = await import('@tutti/core/etcd');
  await using connection = etcdConnection({ hosts });
  await connection.start();
  await connection.transact({ apply: [{ deletePrefix: prefix }] });
}

async function clearRedis(url: string, name: string): Promise<void> {
  const connection = redisConnection({ url, eviction: 'accept' });
  await connection.start();
  try {
    let cursor = '0';
    do {
      const pattern = `${connection.keyPrefix}*{${name}}*`;
      const reply = (await connection.command('SCAN', cursor, 'MATCH', pattern, 'COUNT', 1_000)) as readonly [unknown, readonly Buffer[]];
      cursor = String(reply[0]);
      if (reply[1].length > 0) await connection.command('UNLINK', ...reply[1]);
    } while (cursor !== '0');
  } finally {
    await connection.stop();
  }
}

interface PostgresModule {
  readonly Client: new (options: {
    readonly connectionString: string;
    readonly connectionTimeoutMillis: number;
  }) => {
    connect(): Promise<unknown>;
    query(text: string): Promise<unknown>;
    end(): Promise<void>;
  };
}

async function clearPostgres(url: string, schema: string): Promise<void> {
  // @ts-expect-error: pg comes without types
  const { default: pg } = (await import('pg')) as { readonly default: PostgresModule };
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  try {
    await client.connect();
    await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
  } catch (cause) {
    throw coreError('STORE_UNAVAILABLE', { store: 'Postgres', problem: `the schema ${schema} could not be removed` }, { cause });
  } finally {
    await client.end();
  }
}
