import { faultScale } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { armedAfterSuccess, withoutFence } from '../src/faults/sabotage.ts';
import { runSagas } from './simulation/run-sagas.ts';

describe('sagas on workers that are killed and stopped, on a store and a bus that fail, lose answers, double and delay', () => {
  it('end right, whatever the seed', { timeout: 900_000 }, async () => {
    const seeds = faultScale(5_000);
    const tally = await runSagas('sagas', seeds);
    for (const [what, met] of Object.entries(tally)) expect([what, met > seeds / 100]).toEqual([what, true]);
  });

  it('would leave something behind if undo were armed by success (control)', { timeout: 60_000 }, async () => {
    await expect(runSagas('sagas', 200, armedAfterSuccess)).rejects.toThrowError(/seed \d+ broke: .* was left behind/);
  });

  it('would have two outcomes of one step without a fence (control)', { timeout: 60_000 }, async () => {
    await expect(runSagas('sagas', 200, withoutFence)).rejects.toThrowError(/seed \d+ broke: /);
  });
});
