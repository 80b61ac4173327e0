import { join } from 'node:path';
import { sqliteIsFree } from '@tutti/core/sqlite';
import { atFullSize } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { assertNothingLost, type DeliveryPlan } from '../../src/faults/index.ts';
import { seed, trial } from './trial.ts';

const onSqlite =
  (changes: Partial<DeliveryPlan> = {}) =>
  (folder: string): Partial<DeliveryPlan> => {
    const path = join(folder, 'bus.db');
    return {
      config: { path },
      mayPause: async () => (await sqliteIsFree(path)) && (await sqliteIsFree(join(folder, 'ledger.db'))),
      ...changes,
    };
  };

describe('nothing lost, nothing doubled on SQLite', () => {
  it('while members are killed and paused', { timeout: 600_000 }, async () => {
    const report = await trial('sqlite', './sqlite-member.ts', onSqlite());
    assertNothingLost(report);
    expect(report.acked).toBe(report.messages);
  });

  it('control: doubles without an inbox', { timeout: 600_000 }, async () => {
    const changes = onSqlite({ sabotage: 'inbox', messages: 1_000, kills: 5, pauses: 2 });
    expect((await trial('sqlite, no inbox', './sqlite-member.ts', changes)).doubled).not.toEqual([]);
  });

  it.skipIf(!atFullSize())(
    'control: finishes count twice without a fence (at full size only: npm run test:faults)',
    { timeout: 600_000 },
    async () => {
      // a member has to be stopped between its decision and its arrival, which takes luck
      const zombies: string[] = [];
      for (let round = 0; round < 8 && zombies.length === 0; round++) {
        const changes = onSqlite({ sabotage: 'fence', messages: 1_000, kills: 0, pauses: 3, seed: seed + round });
        zombies.push(...(await trial('sqlite, no fence', './sqlite-member.ts', changes)).zombies);
      }
      expect(zombies).not.toEqual([]);
    },
  );

  it('control: loses when nobody waits for the store', { timeout: 600_000 }, async () => {
    const changes = onSqlite({ sabotage: 'confirm', messages: 500, kills: 12, pauses: 0 });
    expect((await trial('sqlite, no confirm', './sqlite-member.ts', changes)).lost).not.toEqual([]);
  });
});
