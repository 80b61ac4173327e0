import { join } from 'node:path';
import { sqliteDatabase } from '@tutti/core/sqlite';
import { faultScale } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { assertNothingLost, type DeliveryPlan, type DeliveryReport, nothingLost } from '../../src/faults/index.ts';
import { temporaryFolder } from '../bus-members.ts';

const seed = Number(process.env['TUTTI_SEED'] ?? Math.floor(Math.random() * 1e9));

async function trial(changes: Partial<DeliveryPlan>): Promise<DeliveryReport> {
  await using folder = await temporaryFolder();
  const path = folder.path('bus.db');
  await using store = sqliteDatabase({ path, busyTimeout: '500ms' });
  await using ledger = sqliteDatabase({ path: folder.path('ledger.db'), busyTimeout: '500ms' });
  await store.start();
  await ledger.start();
  const free = (database: typeof store): Promise<boolean> =>
    database.write({ name: 'test.probe', statements: [{ sql: 'PRAGMA user_version', values: [] }] }).then(
      () => true,
      () => false,
    );
  return await nothingLost({
    module: new URL('./sqlite-member.ts', import.meta.url).href,
    config: { path },
    folder: join(path, '..'),
    seed,
    messages: faultScale(10_000),
    kills: faultScale(20, 0.2),
    pauses: faultScale(3),
    // SQLite's lock would stop all the others with whoever holds it
    mayPause: async () => (await free(store)) && (await free(ledger)),
    ...changes,
  });
}

describe('nothing lost, nothing doubled on SQLite', () => {
  it('while members are killed and paused', { timeout: 600_000 }, async () => {
    const report = await trial({});
    console.info(JSON.stringify({ ...report, takeOverMs: report.takeOverMs.length }));
    assertNothingLost(report);
    expect(report.acked).toBe(report.messages);
  });

  it('control: doubles without an inbox', { timeout: 600_000 }, async () => {
    const report = await trial({ sabotage: 'inbox', messages: 1_000, kills: 5, pauses: 2 });
    expect(report.doubled).not.toEqual([]);
  });

  it('control: loses when nobody waits for the store', { timeout: 600_000 }, async () => {
    const report = await trial({ sabotage: 'confirm', messages: 500, kills: 12, pauses: 0 });
    expect(report.lost).not.toEqual([]);
  });
});
