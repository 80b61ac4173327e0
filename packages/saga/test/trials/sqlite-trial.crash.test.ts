import { join } from 'node:path';
import { sqliteIsFree } from '@tutti/core/sqlite';
import { atFullSize } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { assertSagasEndRight, type SagaPlan } from '../../src/faults/index.ts';
import { seed, trial } from './trial.ts';

const onSqlite =
  (changes: Partial<SagaPlan> = {}) =>
  (folder: string): Partial<SagaPlan> => {
    const path = join(folder, 'sagas.db');
    return { config: { path }, mayPause: () => sqliteIsFree(path), ...changes };
  };

describe('sagas on SQLite end right', () => {
  it('while workers are killed and stopped', { timeout: 600_000 }, async () => {
    const report = await trial('sqlite', './sqlite-worker.ts', onSqlite());
    // lease and scan make two seconds and a half; the rest is what a busy machine takes for a successor to start. The figure is printed.
    assertSagasEndRight(report, { takeOver: '20s' });
    expect(report.completed + report.compensated).toBe(report.sagas);
  });

  it.skipIf(!atFullSize())('control: not without a fence (at full size only: npm run test:faults)', { timeout: 900_000 }, async () => {
    // a worker has to be stopped between its decision and its arrival, which takes luck
    const found: string[] = [];
    for (let round = 0; round < 20 && found.length === 0; round++) {
      const changes = onSqlite({ sabotage: 'fence', sagas: 100, kills: 0, pauses: 4, seed: seed + round });
      found.push(...(await trial('sqlite, no fence', './sqlite-worker.ts', changes)).zombies);
    }
    expect(found).not.toEqual([]);
  });

  it('control: not with an undo that is armed after success', { timeout: 600_000 }, async () => {
    const found: string[] = [];
    for (let round = 0; round < 6 && found.length === 0; round++) {
      const changes = onSqlite({ sabotage: 'arming', sagas: 100, kills: 10, pauses: 0, seed: seed + round });
      const { leftBehind, past } = await trial('sqlite, armed late', './sqlite-worker.ts', changes);
      found.push(...leftBehind, ...past);
    }
    expect(found).not.toEqual([]);
  });

  it('control: not without leases', { timeout: 600_000 }, async () => {
    const changes = onSqlite({ sabotage: 'lease', sagas: 50, kills: 0, pauses: 0 });
    expect((await trial('sqlite, no leases', './sqlite-worker.ts', changes)).overlaps).not.toEqual([]);
  });
});
