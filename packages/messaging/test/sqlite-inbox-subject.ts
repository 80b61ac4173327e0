import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SqliteDatabase, sqliteDatabase } from '@tutti/core/sqlite';
import { testRuntime } from '@tutti/core/testing';
import { sqliteInbox } from '../src/adapters/sqlite.ts';
import type { InboxSubject } from '../src/testing/inbox-laws.ts';

/** Every member has a writer thread and a reader of its own, as processes have; ages follow a manual clock. */
export async function sqliteInboxSubject(): Promise<InboxSubject & { dispose(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'tutti-inbox-'));
  const runtime = testRuntime();
  const databases: SqliteDatabase[] = [];
  const open = (): SqliteDatabase => {
    const database = sqliteDatabase({ path: join(folder, 'inbox.db') });
    databases.push(database);
    return database;
  };
  const outsider = async (): Promise<SqliteDatabase> => {
    const database = open();
    await database.start();
    await database.migrate('effects', ['CREATE TABLE effects (name TEXT PRIMARY KEY)']);
    return database;
  };
  await outsider();
  const end = async (): Promise<void> => void (await Promise.all(databases.map((database) => database.stop())));
  return {
    runtime,
    maxEvents: 200,
    maxAgeMs: 60_000,
    member() {
      const database = open();
      const inbox = sqliteInbox({ database, maxEvents: 200, maxAge: '1m' });
      return { ...inbox, connect: async (given) => database.start().then(() => inbox.connect(given)) };
    },
    pass: (ms) => runtime.clock.advance(ms),
    restart: end,
    effect: (name) => [{ sql: 'INSERT INTO effects VALUES (?)', values: [name] }],
    async effects() {
      const database = await outsider();
      return (await database.read('SELECT name FROM effects ORDER BY name')).map(({ name }) => String(name));
    },
    async dispose() {
      await end();
      await rm(folder, { recursive: true });
    },
  };
}
