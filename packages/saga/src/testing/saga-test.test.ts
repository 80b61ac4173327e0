import { defineEvents, exponential } from '@tutti/core';
import { defineSaga, terminal } from '@tutti/saga';
import { sqliteStore } from '@tutti/saga/sqlite';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { given, sagaTest } from './index.ts';

/** A trial month: grant, remind, wait, charge (the pivot), thank. What the bank says is up to the test. */
function trial(bank: { says: 'yes' | 'no' | 'nothing' }) {
  const log: string[] = [];
  const saga = defineSaga(defineEvents({}), 'trial', { input: z.object({ user: z.string() }) })
    .step('grant', { run: ({ input }) => `${input.user} may`, compensate: () => void log.push('revoke') })
    .step('remind', { run: () => void log.push('remind'), compensate: () => void log.push('excuse') })
    .sleep('month', '30d')
    .pivot('charge', {
      retry: { maxAttempts: 2, backoff: exponential({ initial: '1s', factor: 1, jitter: 0 }) },
      run: () => {
        if (bank.says === 'no') throw terminal('no money');
        return bank.says === 'yes' ? 12 : new Promise<number>(() => {});
      },
    })
    .step('thank', { kind: 'retriable', run: ({ results }) => `thanks for ${results.charge}` })
    .returns(({ results }) => results.thank);
  return { saga, log };
}

describe('a saga under test', () => {
  it('of thirty days takes less than 100 ms', async () => {
    const { saga } = trial({ says: 'yes' });
    const took: number[] = [];
    // the first of all is slower, as its code is compiled, and another process may take the core for a while
    for (let turn = 0; turn < 4; turn++) {
      const at = performance.now();
      const run = await given(saga).when({ user: 'ada' });
      await run.waiting('timer');
      await run.advance('29d');
      await run.waiting('timer');
      await run.advance('1d');
      await run.completed('thanks for 12');
      took.push(performance.now() - at);
    }
    expect(Math.min(...took)).toBeLessThan(100);
  });

  it.each([
    ['in memory', {}],
    ['in amnesia', { amnesia: true }],
    ['in SQLite', { store: sqliteStore({ path: ':memory:' }) }],
  ])('%s says what was done and undone, and why', async (_where, options) => {
    const { saga, log } = trial({ says: 'no' });
    const run = await given(saga, options).when({ user: 'ada' });
    await run.done(['grant', 'remind']);
    await run.advance('30d');
    await run.compensated({ step: 'charge', code: 'SAGA_TERMINAL', message: /no money/ });
    await run.undone(['remind', 'grant']);
    expect(log).toEqual(['remind', 'excuse', 'revoke']);
  });

  it('survives a crash of its process', async () => {
    const bank: { says: 'yes' | 'no' | 'nothing' } = { says: 'nothing' };
    const { saga } = trial(bank);
    await using test = sagaTest([saga], { seed: 7 });
    const run = await test.when('trial', { user: 'ada' }, { id: 'mine' });
    await run.crash();
    await run.waiting('timer');
    await run.advance('30d');
    bank.says = 'yes';
    await run.crash(); // in the middle of the pivot
    await run.completed('thanks for 12');
    expect((await run.history()).filter(({ what, step }) => what === 'intent' && step === 'charge')).toHaveLength(2);
    expect(run.id).toBe('mine');
  });

  it('says when it is parked', async () => {
    const { saga } = trial({ says: 'nothing' });
    const run = await given(saga).when({ user: 'ada' });
    await run.advance('31d');
    await run.parked('stuck', { step: 'charge', code: 'TIMEOUT' });
  });

  it('tells its history when it is asked for what is not so', async () => {
    const { saga } = trial({ says: 'no' });
    const run = await given(saga).when({ user: 'ada' });
    await run.advance('30d');
    const told = await run.completed('thanks for 12').catch((error: Error) => error.message);
    expect(told).toMatch(/^it is compensated, not completed\. What happened:\n {2}started\n {2}intent grant\n/);
    expect(told).toMatch(/failed charge : no money/);
    await expect(run.undone(['grant'])).rejects.toThrowError(/^undone were remind, grant, not grant/);
    await expect(run.compensated({ step: 'grant' })).rejects.toThrowError(/^'charge' failed, not 'grant'/);
    await expect(run.compensated({ code: 'TIMEOUT' })).rejects.toThrowError(/^it failed with SAGA_TERMINAL, not TIMEOUT/);
    await expect(run.parked('stuck')).rejects.toThrowError(/^it is compensated, not stuck/);
    await expect(run.waiting('timer')).rejects.toThrowError(/^it should wait for timer/);
  });

  it('is typed by its definition, and refuses bad input as ever', async () => {
    const { saga } = trial({ says: 'yes' });
    const run = await given(saga).when({ user: 'ada' });
    // @ts-expect-error there is no such step
    await run.done(['grant', 'remind', 'nothing']).catch(() => undefined);
    // @ts-expect-error it returns text
    await run.completed(12).catch(() => undefined);
    // @ts-expect-error the input has a user
    await expect(given(saga).when({})).rejects.toMatchObject({ code: 'INVALID_DATA' });
    // @ts-expect-error there is no such option
    expect(() => given(saga, { amnesic: true })).toThrowError(/sagaTest\.amnesic/);
  });
});
