import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SqliteDatabase, sqliteDatabase } from '@tutti/core/sqlite';
import { checkLaws, testRuntime } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import type { RegistryChange } from '../backend/discovery-backend.ts';
import { endpointOf } from '../testing/endpoint-of.ts';
import { type BackendSubject, backendLaws, registryWatch } from '../testing/index.ts';
import { type SqliteBackendOptions, sqliteBackend } from './sqlite.ts';
import { farewellsQuery, putSet, tables, tablesOwner } from './sqlite-statements.ts';

/** Clients with databases of their own, as several processes have them. The databases live in real time, the leases do not. */
async function fileSubject(): Promise<BackendSubject> {
  const folder = await mkdtemp(join(tmpdir(), 'tutti-discovery-'));
  const runtime = testRuntime();
  const databases: SqliteDatabase[] = [];
  async function opened(): Promise<SqliteDatabase> {
    const database = sqliteDatabase({ path: join(folder, 'registry.db') });
    databases.push(database);
    await database.start();
    return database;
  }
  return {
    runtime,
    connect: async () => sqliteBackend({ database: await opened(), runtime }),
    plant: async (...what) => plantIn(await opened(), runtime.clock.epoch(), ...what),
    async pass(ms) {
      await runtime.clock.advance(ms);
      // A write that is answered says that all before it are done.
      await Promise.all(databases.map((database) => database.write({ name: 'test.fence', statements: [] })));
    },
    async dispose() {
      await Promise.all(databases.map((database) => database.stop()));
      await rm(folder, { recursive: true });
    },
  };
}

/** Clients that share a database, as several parts of one process may. */
async function sharedSubject(): Promise<BackendSubject> {
  const runtime = testRuntime();
  const database = sqliteDatabase({ path: ':memory:', runtime });
  await database.start();
  return {
    runtime,
    connect: () => sqliteBackend({ database, runtime }),
    pass: (ms) => runtime.clock.advance(ms),
    plant: (...what) => plantIn(database, runtime.clock.epoch(), ...what),
    dispose: () => database.stop(),
  };
}

async function plantIn(database: SqliteDatabase, epochMs: number, serviceName: string, instanceId: string, record: string): Promise<void> {
  await database.migrate(tablesOwner, tables);
  const { statements } = putSet(endpointOf(instanceId, 'strange', { serviceName }), 600_000, epochMs);
  const values = [record, serviceName, instanceId];
  const spoil = { sql: 'UPDATE discovery_endpoints SET endpoint = ? WHERE service = ? AND instance = ?', values };
  await database.write({ name: 'test.plant', statements: [...statements, spoil] });
}

describe('sqlite backends with a database each', () => {
  checkLaws(it, backendLaws, fileSubject);
});

describe('sqlite backends that share a database', () => {
  checkLaws(it, backendLaws, sharedSubject);
});

describe('a sqlite backend', () => {
  it('closes a file that it opened itself, and leaves a database that it was given', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tutti-discovery-'));
    const path = join(folder, 'registry.db');
    const backend = sqliteBackend({ path });
    await backend.put(endpointOf('a', '1'), 60_000);
    await backend.close();

    const database = sqliteDatabase({ path });
    await database.start();
    const again = sqliteBackend({ database });
    expect(await again.renew([endpointOf('a', '1')], 60_000)).toEqual(['ready']);
    await again.close();
    expect(database.state).toBe('running');
    await database.stop();
    await rm(folder, { recursive: true });
  });

  it('tells its watches when the database is gone, and takes up again with one that starts later', async () => {
    const runtime = testRuntime();
    const database = sqliteDatabase({ path: ':memory:', runtime });
    const backend = sqliteBackend({ database, runtime });
    await expect(registryWatch(backend).ended).rejects.toMatchObject({ code: 'NOT_RUNNING' });
    await database.start();
    const watch = registryWatch(backend);
    await runtime.clock.advance(100);
    expect(watch.heard).toEqual(['snapshot:0']);
    const told = expect(watch.ended).rejects.toMatchObject({ code: 'NOT_RUNNING' });
    await database.stop();
    await runtime.clock.advance(2_000);
    await told;
    await backend.close();
  });

  it('tells who left from who was lost, and forgets farewells that all have heard', async () => {
    const runtime = testRuntime();
    const database = sqliteDatabase({ path: ':memory:', runtime });
    await database.start();
    const [writer, reader] = [sqliteBackend({ database, runtime }), sqliteBackend({ database, runtime })];
    const heard: RegistryChange[] = [];
    const enough = new AbortController();
    await writer.put(endpointOf('a', '1'), 600_000);
    await writer.put(endpointOf('b', '1'), 2_000);
    const watching = reader.watch('voice', (change) => heard.push(change), enough.signal);
    await runtime.clock.advance(100);
    await writer.remove(endpointOf('a', 'other'));
    await writer.remove(endpointOf('a', '1'));
    await runtime.clock.advance(4_000);
    const removed = (instanceId: string): object => ({ serviceName: 'voice', instanceId, incarnation: `${instanceId}#1` });
    expect(heard.slice(1)).toEqual([
      { kind: 'remove', endpoint: removed('a'), farewell: true },
      { kind: 'remove', endpoint: removed('b') },
    ]);
    const farewells = async (): Promise<readonly unknown[]> =>
      (await database.read(farewellsQuery, ['voice'])).map((row) => row['incarnation']);
    expect(await farewells()).toEqual(['a#1']);
    await runtime.clock.advance(60_000);
    await writer.remove(endpointOf('c', '1'));
    expect(await farewells()).toEqual([]);
    enough.abort();
    await watching;
    await database.stop();
  });

  it('cuts leases to their ttl when the wall clock was set back', async () => {
    const real = testRuntime();
    let setBackMs = 0;
    const clock = { ...real.clock, epoch: () => real.clock.epoch() - setBackMs };
    const database = sqliteDatabase({ path: ':memory:', runtime: real });
    await database.start();
    const backend = sqliteBackend({ database, runtime: { ...real, clock } });
    await backend.put(endpointOf('a', '1'), 10_000);
    await using watch = registryWatch(backend);
    setBackMs = 3_600_000;
    await real.clock.advance(9_000);
    expect(watch.heard).toEqual(['snapshot:1']);
    await real.clock.advance(4_000);
    expect(watch.heard).toEqual(['snapshot:1', 'remove:a#1']);
    await database.stop();
  });

  it.each([
    [{}, 'sqliteBackend.database is missing'],
    [{ path: '' }, "sqliteBackend.path must be a non-empty string, got ''"],
    [{ path: 'a.db', database: {} }, 'sqliteBackend.database is not an option'],
    [{ path: 'a.db', sweepInterval: 5 }, 'sqliteBackend.sweepInterval must be a duration'],
  ])('refuses %j', (options, message) => {
    expect(() => sqliteBackend(options as SqliteBackendOptions)).toThrowError(message);
  });
});
