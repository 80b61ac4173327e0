import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { faultScale, missingTool } from '../../src/testing/index.ts';
import { startChild } from './child.ts';
import { brokenIn } from './left-behind.ts';

/** Calls to be killed at, of each kind, spread evenly over a run: all there are where they are not more. */
const points = faultScale(100, 0.06);

/** The largest number that strace can count to. */
const never = 65_535;

interface End {
  readonly killed: boolean;
  readonly calls: number;
  readonly said: readonly string[];
  readonly broken: readonly string[];
}

/** Runs a writer that strace kills as its writer thread enters the n-th such call, and opens what it left. */
async function killedAt(call: string, n: number, manner: 'honest' | 'hasty'): Promise<End> {
  const folder = await mkdtemp(join(tmpdir(), 'tutti-nth-'));
  const [path, log, trace] = ['pairs.db', 'said.log', 'trace'].map((name) => join(folder, name)) as [string, string, string];
  const strace = ['strace', '-f', '-qq', '-o', trace, '-e', `trace=${call}`, '-e', `inject=${call}:signal=KILL:when=${n}`];
  try {
    const { code, errors } = await startChild('pair-writer.ts', [path, log, 'x', manner === 'honest' ? 100 : 2_000, manner], {}, strace)
      .ended;
    expect(errors).toBe('');
    const said = existsSync(log) ? readFileSync(log, 'utf8').split('\n').slice(0, -1) : [];
    const calls = readFileSync(trace, 'utf8').split(`${call}(`).length - 1;
    return { killed: code === null, calls, said, broken: await brokenIn(path, said) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function sweep(call: string): Promise<readonly End[]> {
  const { calls } = await killedAt(call, never, 'honest');
  const step = Math.max(1, Math.floor(calls / points));
  const waiting = Array.from({ length: Math.floor(calls / step) }, (_, index) => 1 + index * step);
  const ends: End[] = [];
  const work = async (): Promise<void> => {
    for (let n = waiting.shift(); n !== undefined; n = waiting.shift()) ends.push(await killedAt(call, n, 'honest'));
  };
  await Promise.all([work(), work()]);
  return ends.filter(({ killed }) => killed);
}

describe.skipIf(missingTool('strace'))('a writer that is killed, by strace, at its n-th', () => {
  it.each(['pwrite64', 'fsync'])('%s leaves a whole file with all that it acknowledged', { timeout: faultScale(600_000) }, async (call) => {
    const ends = await sweep(call);
    expect(ends.flatMap(({ broken }) => broken)).toEqual([]);
    expect(ends.length).toBeGreaterThanOrEqual(4);
    expect(ends.some(({ said }) => said.length > 0)).toBe(true);
  });

  it('write would have lost sets if it had acknowledged before COMMIT (control)', async () => {
    const { killed, broken } = await killedAt('pwrite64', 60, 'hasty');
    expect(killed).toBe(true);
    expect(broken).toContainEqual(expect.stringMatching(/was acknowledged and is lost$/));
  });
});
