import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { pinnedSeeds, type Simulation, simulate } from '../index.ts';

afterEach(() => void vi.unstubAllEnvs());

/** A lamp that is switched at random moments; seed 4 draws a second switch for it that nobody expects. */
async function lamp(sim: Simulation): Promise<void> {
  let switches = 0;
  sim.always('the lamp is switched at most three times', () => switches <= 3 || `it was ${switches} times`);
  const times = sim.seed === 4 ? 4 : 3;
  for (let time = 0; time < times; time++) sim.runtime.clock.after(sim.below(100), () => sim.note(`switch ${++switches}`));
  await sim.pass(100);
}

describe('a simulation', () => {
  it('runs as many seeds as it was told, and pinned ones before them', async () => {
    const seeds: number[] = [];
    const run = async ({ seed }: Simulation): Promise<void> => void seeds.push(seed);
    expect(await simulate({ name: 'lamp', seeds: 3, firstSeed: 10, pinned: [7], run })).toMatchObject({ seeds: 4 });
    expect([...new Set(seeds)]).toEqual([7, 10, 11, 12]);
  });

  it('stops at the first seed that fails, and says in one line which, what, and how to see it again', async () => {
    const failure = await simulate({ name: 'lamp', seeds: 10, run: lamp }).catch((error: Error) => error.message);
    expect(String(failure).split('\n')[0]).toBe(
      'lamp: seed 4 broke: the lamp is switched at most three times: it was 4 times (again with TUTTI_SEED=4)',
    );
    expect(failure).toMatch(/ ms: switch 4$/);
  });

  it('runs one seed alone when it is asked to by TUTTI_SEED', async () => {
    vi.stubEnv('TUTTI_SEED', '4');
    await expect(simulate({ name: 'lamp', seeds: 2, run: lamp })).rejects.toThrowError('seed 4 broke');
    vi.stubEnv('TUTTI_SEED', '5');
    expect(await simulate({ name: 'lamp', run: lamp })).toMatchObject({ seeds: 1 });
  });

  it('pins a seed that failed to a file when it is asked to by TUTTI_PIN, and runs it first ever after', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tutti-pins-'));
    const pinFile = pathToFileURL(join(folder, 'lamp.pins.json'));
    try {
      await expect(simulate({ name: 'lamp', seeds: 5, pinFile, run: lamp })).rejects.toThrowError('seed 4');
      expect(pinnedSeeds(pinFile)).toEqual([]);
      vi.stubEnv('TUTTI_PIN', '1');
      for (let turn = 0; turn < 2; turn++)
        await expect(simulate({ name: 'lamp', seeds: 5, pinFile, run: lamp })).rejects.toThrowError('seed 4');
      expect(readFileSync(pinFile, 'utf8')).toBe('[4]\n');
      await expect(simulate({ name: 'lamp', seeds: 1, pinFile, run: lamp })).rejects.toThrowError('seed 4');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('notices a program that takes chance from elsewhere', async () => {
    let elsewhere = 0;
    const run = async (sim: Simulation): Promise<void> => {
      sim.note('begun');
      sim.note(`drew ${elsewhere++}`);
    };
    await expect(simulate({ name: 'lamp', seeds: 1, run })).rejects.toThrowError(
      'lamp: seed 1 does not repeat itself; 2 and 2 words in the trace, once "0.000 ms: drew 0", then "0.000 ms: drew 1"',
    );
  });

  it('notices work that will never be done, and work that takes for ever', async () => {
    const never = (): Promise<void> => new Promise(() => {});
    await expect(simulate({ name: 'lamp', seeds: 1, run: never })).rejects.toThrowError('it stands still: no timer is pending');
    const forEver = async (sim: Simulation): Promise<void> => {
      const again = (): void => void sim.runtime.clock.after(1_000, again);
      again();
      await sim.within(60_000, never());
    };
    await expect(simulate({ name: 'lamp', seeds: 1, run: forEver })).rejects.toThrowError('it was not done within 60000 ms');
  });

  it('draws the same for the same seed and spreads what it draws', async () => {
    const drawn: string[] = [];
    const run = async (sim: Simulation): Promise<void> => void drawn.push(`${sim.below(1_000)} ${sim.pick(['a', 'b'])} ${sim.chance(0.5)}`);
    await simulate({ name: 'lamp', seeds: 40, run });
    expect(drawn[0]).toBe(drawn[1]);
    expect(new Set(drawn).size).toBeGreaterThan(35);
  });

  it('checks its options', async () => {
    await expect(simulate({ name: 'lamp', seeds: -1, run: lamp })).rejects.toThrowError(
      'simulate.seeds must be a whole number ≥ 0, got -1',
    );
  });
});
