import type { SqliteDatabase } from '@tutti/core/sqlite';
import type { EventTransport } from '@tutti/messaging';
import { sqliteTransport } from '@tutti/messaging/sqlite';
import { platformError } from '../errors.ts';
import { type DataFolder, nameAtServers } from './data-folder.ts';
import { serverUrl } from './server-url.ts';

/** Where the platform's events are kept: in its own file, or with a server that is there already. */
export type EventStore = { readonly kind: 'sqlite' } | { readonly kind: 'redis' | 'amqp'; readonly url: string };

/** How an event store is told to the service processes. */
export const eventStoreVariable = 'TUTTI_EVENTS';

export const eventStoreToEnv = (store: EventStore): string => JSON.stringify(store);

export function eventStoreFromEnv(env: Readonly<Record<string, string | undefined>>): EventStore {
  return JSON.parse(env[eventStoreVariable] ?? '{"kind":"sqlite"}') as EventStore;
}

/**
 * Reads the options of the command line.
 * @throws USAGE
 */
export function eventStoreOf(redis: unknown, amqp: unknown): EventStore {
  if (redis !== undefined && amqp !== undefined)
    throw platformError('USAGE', { problem: 'events are kept in one place: --redis or --amqp' });
  if (redis !== undefined) return { kind: 'redis', url: serverUrl('--redis', redis, ['redis:', 'rediss:']) };
  if (amqp !== undefined) return { kind: 'amqp', url: serverUrl('--amqp', amqp, ['amqp:', 'amqps:']) };
  return { kind: 'sqlite' };
}

/** The transport of one process. Platforms that share a server keep apart by their data folders. */
export async function eventTransport(store: EventStore, data: Pick<DataFolder, 'path'>, work: SqliteDatabase): Promise<EventTransport> {
  const name = nameAtServers(data);
  switch (store.kind) {
    case 'sqlite':
      return sqliteTransport({ database: work });
    case 'redis': {
      const { redisTransport } = await import('@tutti/messaging/redis');
      return redisTransport({ url: store.url, name });
    }
    case 'amqp': {
      const { amqpTransport } = await import('@tutti/messaging/amqp');
      return amqpTransport({ url: store.url, name });
    }
  }
}
