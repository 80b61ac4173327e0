import { randomUUID } from 'node:crypto';
import { memoryKeyValue } from '@tutti/core';
import { sqliteDatabase } from '@tutti/core/sqlite';
import { Redis } from 'ioredis';
import { startRabbit } from '../../../tools/services/rabbitmq.ts';
import { startRedis } from '../../../tools/services/redis.ts';
import { amqpTransport } from '../src/adapters/amqp.ts';
import { redisTransport } from '../src/adapters/redis.ts';
import { sqliteInbox, sqliteTransport } from '../src/adapters/sqlite.ts';
import { type EventTransport, type Inbox, memoryInbox, memoryTransport } from '../src/index.ts';
import { testEvent } from '../src/testing/event-transport-subject.ts';
import { temporaryFolder } from './bus-members.ts';
import { publishRaw, quietRuntime } from './rabbit-subject.ts';

/** A member for processes: on a file, or a server at a URL. */
export function transportAt(at: string, name: string): EventTransport {
  if (at.startsWith('amqp:')) return amqpTransport({ url: at, name });
  return at.startsWith('redis:') ? redisTransport({ url: at, name }) : sqliteTransport({ path: at });
}

/** Where a bus can stand: what it promises must not depend on it. */
export interface Place {
  /** Another member on the same store, under a name that a test has for itself. */
  member(name: string): EventTransport;
  /** For a bus whose transport has none; of its own for each name, and the same memory each time where the transport is durable. */
  inbox(name: string): Inbox | undefined;
  /** A text from outside the kit, under a type. */
  inject(name: string, type: string, text: string): Promise<void>;
  stop(): Promise<void>;
}

const identity = { source: 'outside' } as const;

export const places: Readonly<Record<'memory' | 'sqlite' | 'redis' | 'rabbitmq', () => Promise<Place>>> = {
  async memory() {
    const stores = new Map<string, ReturnType<typeof memoryTransport>>();
    const storeOf = (name: string): ReturnType<typeof memoryTransport> => {
      const store = stores.get(name) ?? memoryTransport();
      stores.set(name, store);
      return store;
    };
    return {
      member: (name) => storeOf(name).join(),
      inbox: () => memoryInbox(),
      async inject(name, type, text) {
        const outsider = storeOf(name).join();
        await outsider.connect(quietRuntime);
        await outsider.append([{ ...testEvent(randomUUID(), { type, ...identity }), json: text }]);
      },
      async stop() {},
    };
  },
  async sqlite() {
    const folder = await temporaryFolder();
    return {
      member: (name) => sqliteTransport({ path: folder.path(`${name}.db`) }),
      inbox: () => undefined,
      async inject(name, type, text) {
        await using database = sqliteDatabase({ path: folder.path(`${name}.db`) });
        await database.start();
        const sql = 'INSERT INTO bus_events (source, id, type, stored_at, body) VALUES (?, ?, ?, 0, ?)';
        await database.write({ name: 'test.inject', statements: [{ sql, values: [identity.source, randomUUID(), type, text] }] });
      },
      stop: async () => folder[Symbol.asyncDispose](),
    };
  },
  async redis() {
    const server = await startRedis(['--appendonly', 'yes']);
    return {
      member: (name) => redisTransport({ url: server.url, name }),
      inbox: () => undefined,
      async inject(name, type, text) {
        const client = new Redis(server.url);
        await client.xadd(`tutti:bus:{${name}}:1`, '*', 't', type, 'd', text);
        client.disconnect();
      },
      stop: () => server.stop(),
    };
  },
  async rabbitmq() {
    const server = await startRabbit();
    const folder = await temporaryFolder();
    const memory = memoryKeyValue();
    return {
      member: (name) => amqpTransport({ url: server.url, name, deduplication: memory }),
      inbox: (name) => sqliteInbox({ path: folder.path(`${name}.db`) }),
      async inject(name, type, text) {
        await publishRaw(server.url, name, `normal.0.${type}`, Buffer.from(text));
      },
      async stop() {
        await server.stop();
        await folder[Symbol.asyncDispose]();
      },
    };
  },
};
