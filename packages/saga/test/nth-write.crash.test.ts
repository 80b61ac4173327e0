import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { faultScale } from '@tutti/core/testing';
import { expect, it } from 'vitest';
import { describeWith } from '../../../tools/services/needs.ts';
import { checkedEnd, lifeIn, type SweptStore } from './sweeping.ts';

const sqlite: SweptStore = { module: './trials/sqlite-worker.ts', config: '{"path":"$FOLDER/sagas.db"}' };
const program = fileURLToPath(new URL('programs/sweep-worker.ts', import.meta.url));
const points = faultScale(60, 0.12);
/** The largest number that strace can count to. */
const never = 65_535;

/** Runs the first life of a saga, which strace kills as it enters its n-th write to a file, and lets it come to its end here. */
async function killedAt(n: number, ending: 'complete' | 'fail'): Promise<{ killed: boolean; calls: number; problems: readonly string[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'tutti-nth-'));
  try {
    const trace = join(folder, 'trace');
    const strace = ['-f', '-qq', '-o', trace, '-e', 'trace=pwrite64', '-e', `inject=pwrite64:signal=KILL:when=${n}`];
    const life = [...process.execArgv, program, folder, ending, new URL(sqlite.module, import.meta.url).href, sqlite.config];
    const child = spawn('strace', [...strace, process.execPath, ...life], { stdio: 'ignore' });
    const [code] = (await once(child, 'exit')) as [number | null];
    const calls = (await readFile(trace, 'utf8')).split('pwrite64(').length - 1;
    return { killed: code === null, calls, problems: await checkedEnd({ ...lifeIn(folder, sqlite), ending }) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

describeWith('strace', 'a saga on SQLite that is killed at any write to its file', () => {
  it('ends right each time', { timeout: 600_000 }, async () => {
    const { calls } = await killedAt(never, 'fail');
    const step = Math.max(1, Math.floor(calls / points));
    const ends = [];
    for (let n = 1; n <= calls; n += step) ends.push(await killedAt(n, 'fail'));
    expect(ends.flatMap(({ problems }) => problems)).toEqual([]);
    expect(ends.filter(({ killed }) => killed).length).toBeGreaterThanOrEqual(Math.min(points, calls) / 2);
  });
});
