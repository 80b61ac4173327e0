import type { SqliteDatabase } from '@tutti/core/sqlite';
import type { SagaStore } from '@tutti/saga';
import { sqliteStore } from '@tutti/saga/sqlite';
import { type DataFolder, nameAtServers } from './data-folder.ts';
import type { EventStore } from './event-store.ts';
import { serverUrl } from './server-url.ts';

/** Where the platform's sagas are kept: in its own file, or with a server that is there already. */
export type SagaPlace = { readonly kind: 'sqlite' } | { readonly kind: 'postgres' | 'redis'; readonly url: string };

/**
 * Reads the options of the command line: a Redis keeps the sagas beside the events, unless there is a Postgres for them.
 * @throws USAGE
 */
export function sagaPlaceOf(postgres: unknown, events: EventStore): SagaPlace {
  if (postgres !== undefined) return { kind: 'postgres', url: serverUrl('--postgres', postgres, ['postgres:', 'postgresql:']) };
  return events.kind === 'redis' ? { kind: 'redis', url: events.url } : { kind: 'sqlite' };
}

/** Platforms that share a server keep apart by their data folders. */
export async function sagaStore(place: SagaPlace, data: Pick<DataFolder, 'path'>, work: SqliteDatabase): Promise<SagaStore> {
  switch (place.kind) {
    case 'sqlite':
      return sqliteStore({ database: work });
    case 'redis': {
      const { redisStore } = await import('@tutti/saga/redis');
      return redisStore({ url: place.url, name: nameAtServers(data) });
    }
    case 'postgres': {
      const { postgresStore } = await import('@tutti/saga/postgres');
      return postgresStore({ url: place.url, schema: schemaOf(data) });
    }
  }
}

/** The name as a schema: without what SQL would want quotes for. */
export const schemaOf = (data: Pick<DataFolder, 'path'>): string => nameAtServers(data).replace('-', '_');
