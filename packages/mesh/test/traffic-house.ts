import { sqliteConfigStore, sqliteDatabase } from '@tutti/core/sqlite';
import { MeshTraffic } from '../src/traffic/mesh-traffic.ts';
import { SqliteRegistry } from './sqlite-registry.ts';

export const ttlMs = 6_000;

export interface TrafficHouse extends AsyncDisposable {
  readonly traffic: MeshTraffic;
  readonly registry: SqliteRegistry;
}

/** One replica of a mesh that shares an SQLite file with the others. */
export async function trafficHouse(path: string, instanceId: string): Promise<TrafficHouse> {
  const database = sqliteDatabase({ path });
  await database.start();
  const registry = new SqliteRegistry(database, ttlMs);
  await registry.start();
  const store = sqliteConfigStore({ database });
  const traffic = new MeshTraffic({ store, registry, endpoints: registry, instanceId, freshFor: '1s', ttl: `${ttlMs}ms` });
  await traffic.start();
  return {
    traffic,
    registry,
    async [Symbol.asyncDispose]() {
      await traffic.stop();
      await registry.stop();
      await database.stop();
    },
  };
}
