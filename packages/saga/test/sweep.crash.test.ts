import { join } from 'node:path';
import { sqliteDatabase } from '@tutti/core/sqlite';
import { type CrashSweep, sweepCrashPoints } from '@tutti/core/testing';
import type { SagaStore } from '@tutti/saga';
import { describe, expect, it } from 'vitest';
import { broken, Ledger } from './ledger.ts';
import { liveOnce, sweptSteps } from './programs/swept-saga.ts';

/** A renewal comes when its time comes, and a release when a life ends in the middle of something, so not every life has the same. */
const isOfTheSaga = (point: string): boolean => /^saga\.(?!renew\/|release\/)/.test(point);

/** Kills first lives at the points, lets each saga come to its end in a second one here, and compares what was done with how it ended. */
function sweep(ending: string, wanted: (point: string) => boolean, store?: (store: SagaStore) => SagaStore): Promise<CrashSweep> {
  return sweepCrashPoints({
    program: new URL('programs/sweep-worker.ts', import.meta.url),
    args: [ending],
    wanted: (point) => isOfTheSaga(point) && wanted(point),
    async check(folder) {
      const database = sqliteDatabase({ path: join(folder, 'sagas.db') });
      const status = await liveOnce({ folder, database, ending, ...(store && { store }) });
      return broken(new Ledger(join(folder, 'ledger')).effects, status, sweptSteps);
    },
  });
}

/** Undo is armed only by success, as in most recipes, so an intent without an outcome is forgotten. */
function armedAfterSuccess(store: SagaStore): SagaStore {
  return {
    ...store,
    async claim(request) {
      const claimed = await store.claim(request);
      return claimed.map((record) => ({
        ...record,
        status: 'compensating',
        failure: { code: 'CRASH', message: 'gave up', step: 'a' },
        steps: record.steps.filter(({ status }) => status !== 'intended'),
      }));
    },
  };
}

const namesOf = ({ points }: CrashSweep): readonly string[] => [...new Set(points.map((point) => point.split('/')[0] as string))].sort();

describe('a saga on SQLite that is killed at each of its durable writes and comes back', () => {
  it('ends right each time, when it is to fail', { timeout: 240_000 }, async () => {
    const swept = await sweep('fail', () => true);
    expect(swept.problems).toEqual([]);
    expect(namesOf(swept)).toEqual(
      ['claim', 'failure', 'finish', 'intent', 'outcome', 'start', 'undo-intent', 'undo-outcome'].map((name) => `saga.${name}`),
    );
  });

  it('ends right each time, when it is to complete', { timeout: 240_000 }, async () => {
    // The two runs write the same until their last step, so this one is swept only from there on.
    const swept = await sweep('complete', (point) => /^saga\.(intent\/\w+\/5|finish\/.*)$/.test(point));
    expect(swept.problems).toEqual([]);
    expect(namesOf(swept)).toEqual(['saga.finish', 'saga.intent']);
  });

  it('control: with undo armed after success instead of at intent, an effect stays behind', { timeout: 60_000 }, async () => {
    // The next write after the effect of step `a` is the intent of the branch beside it: dying before that loses its outcome.
    const { problems } = await sweep('complete', (point) => point === 'saga.intent/before/2', armedAfterSuccess);
    expect(problems).toEqual(['killed at saga.intent/before/2: a was done and never undone']);
  });
});
