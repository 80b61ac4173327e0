import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { missingTool } from '../../src/testing/index.ts';
import { type Child, startChild } from './child.ts';
import { brokenIn } from './left-behind.ts';

const undo: (() => unknown)[] = [];
const undoAll = async (): Promise<void> => {
  for (const step of undo.splice(0).toReversed()) await step();
};
afterEach(undoAll);

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'tutti-full-'));
  undo.push(() => rmSync(made, { recursive: true }));
  return made;
}

/** A disk of three megabytes, or undefined where this user may not mount one. */
function smallDisk(): string | undefined {
  const disk = folder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', disk], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  undo.push(() => execFileSync('umount', [disk]));
  return disk;
}
const disk = smallDisk();
const mayMount = disk !== undefined;
await undoAll();

/** Starts a writer, and once it was refused, makes room and lets it go on. */
async function refusedAndGoingOn(path: string, under: readonly string[], makeRoom: (child: Child) => void): Promise<void> {
  const child = startChild('full-disk-writer.ts', [path, 'whole'], {}, under);
  undo.push(() => child.kill());
  await child.said(3);
  const [refused = '', health, delayMs] = child.lines;
  const [, acknowledged] = /^refused STORE_UNAVAILABLE (\d+) of \1 0$/.exec(refused) ?? [];
  expect([refused, Number(acknowledged) > 50]).toEqual([refused, true]);
  expect(health).toBe('degraded');
  expect(Number(delayMs)).toBeLessThan(500);
  makeRoom(child);
  child.say('there is room');
  expect(await child.ended).toEqual({ code: 0, errors: '' });
  const all = Number(acknowledged) + 1;
  expect(child.lines[3]).toBe(`went on ${all} of ${all} 0`);
  expect(await brokenIn(path, [])).toEqual([]);
}

describe('a disk that is full', () => {
  it.runIf(mayMount)('refuses what does not fit, by half or whole, and takes writes again when there is room', async () => {
    const place = smallDisk() as string;
    const ballast = join(place, 'ballast');
    writeFileSync(ballast, new Uint8Array(1_500_000));
    await refusedAndGoingOn(join(place, 'pairs.db'), [], () => rmSync(ballast));
  });

  it.skipIf(missingTool('prlimit'))('is no different where only this process may write no more', async () => {
    await refusedAndGoingOn(join(folder(), 'pairs.db'), ['prlimit', '--fsize=2000000:unlimited'], ({ pid }) =>
      execFileSync('prlimit', ['--pid', String(pid), '--fsize=unlimited']),
    );
  });

  it.skipIf(missingTool('prlimit'))('leaves a half where the halves are written as two sets (control)', async () => {
    const child = startChild('full-disk-writer.ts', [join(folder(), 'pairs.db'), 'split'], {}, ['prlimit', '--fsize=2000000']);
    undo.push(() => child.kill());
    await child.said(3);
    expect(child.lines[0]).toMatch(/^refused STORE_UNAVAILABLE .* 1$/);
  });
});
