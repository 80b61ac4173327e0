import { sleep } from '@tutti/core';
import { sqliteDatabase } from '@tutti/core/sqlite';
import { crashPoints, testRuntime } from '@tutti/core/testing';
import { defineSaga, SagaOrchestrator } from '@tutti/saga';
import { sqliteStore } from '@tutti/saga/sqlite';
import { describe, expect, it } from 'vitest';
import { after, empty, events, stopped } from './engine.ts';

/** What SQLite says when it may not write. */
async function refusal(): Promise<unknown> {
  await using database = sqliteDatabase({ path: ':memory:' });
  await database.start();
  await database.write({ name: 'make', statements: [{ sql: 'CREATE TABLE t (x)', values: [] }] });
  await database.read('PRAGMA query_only = ON').catch(() => undefined); // it is set, although it gives no rows
  return database.write({ name: 'try', statements: [{ sql: 'INSERT INTO t VALUES (1)', values: [] }] }).then(
    () => 'it was written',
    (error: unknown) => error,
  );
}

describe('a database that becomes read-only', () => {
  it('refuses new sagas with a typed error, and loses none of those that were begun', async () => {
    const readOnly = await refusal();
    expect(readOnly).toMatchObject({ code: 'STORE_UNAVAILABLE', message: expect.stringMatching(/read-only/) });
    const runtime = testRuntime();
    let isReadOnly = false;
    const database = crashPoints(sqliteDatabase({ path: ':memory:' }), ({ when }) => {
      if (isReadOnly && when === 'before') throw readOnly;
    });
    await database.start();
    const log: string[] = [];
    const saga = defineSaga(events, 'work', { input: empty })
      .step('a', { run: ({ call }) => sleep(call.runtime.clock, 1_000).then(() => void log.push('a')) })
      .step('b', { run: () => void log.push('b') });
    const sagas = new SagaOrchestrator({ store: sqliteStore({ database }), runtime, sagas: [saga], lease: '5s' });
    await sagas.start();
    const id = await sagas.startSaga('work', {});
    isReadOnly = true;
    await expect(sagas.startSaga('work', {}, { id: 'late' })).rejects.toBe(readOnly);
    await runtime.clock.advance(30_000);
    expect(await sagas.get(id)).toMatchObject({ status: 'running' });
    await expect(sagas.get('late')).rejects.toMatchObject({ code: 'SAGA_NOT_FOUND' });
    isReadOnly = false;
    await after(runtime, 15_000, sagas.result(id));
    expect([(await sagas.get(id)).status, log.at(-1)]).toEqual(['completed', 'b']);
    await stopped(runtime, sagas);
    await database.stop();
  });
});
