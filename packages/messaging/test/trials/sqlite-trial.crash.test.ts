import { join } from 'node:path';
import { sqliteIsFree } from '@tutti/core/sqlite';
import { atFullSize } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { assertNothingLost, type DeliveryPlan } from '../../src/faults/index.ts';
import { findings, trial, zombiesWithoutFence } from './trial.ts';

function onSqlite(folder: string): Partial<DeliveryPlan> {
  const path = join(folder, 'bus.db');
  return {
    config: { path },
    mayPause: async () => (await sqliteIsFree(path)) && (await sqliteIsFree(join(folder, 'ledger.db'))),
  };
}

describe('nothing lost, nothing doubled on SQLite', () => {
  it('while members are killed and paused', { timeout: 600_000 }, async () => {
    const report = await trial('sqlite', './sqlite-member.ts', onSqlite);
    assertNothingLost(report);
    expect(report.acked).toBe(report.messages);
  });

  it('controls: doubles without an inbox, and loses when nobody waits for the store', { timeout: 600_000 }, async () => {
    const found = await findings('sqlite', './sqlite-member.ts', onSqlite);
    expect(found.doubledWithoutInbox).not.toEqual([]);
    expect(found.lostWithoutConfirm).not.toEqual([]);
  });

  it.skipIf(!atFullSize())(
    'control: finishes count twice without a fence (at full size only: npm run test:faults)',
    { timeout: 600_000 },
    async () => {
      expect(await zombiesWithoutFence('sqlite', './sqlite-member.ts', onSqlite)).not.toEqual([]);
    },
  );
});
