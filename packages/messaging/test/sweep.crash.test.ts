import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { sqliteDatabase } from '@tutti/core/sqlite';
import type { CrashPoint } from '@tutti/core/testing';
import { expect, it } from 'vitest';
import { temporaryFolder } from './bus-members.ts';

const program = fileURLToPath(new URL('./programs/crash-at.ts', import.meta.url));
const writes = ['bus.subscribe', 'bus.append', 'bus.claim', 'bus.settle'];
const points = writes.flatMap((name): CrashPoint[] => [
  { name, when: 'before', count: 1 },
  { name, when: 'after', count: name === 'bus.subscribe' ? 1 : 2 },
]);

/** Runs the program to its end, or to the point where it dies; gives what it printed. */
function run(args: readonly string[], expected: 'ends' | 'dies'): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, ['--conditions=@tutti/source', program, ...args], { timeout: 30_000 }, (error, stdout, stderr) => {
      const happened = error === null ? 'ends' : error.signal === 'SIGKILL' ? 'dies' : 'fails';
      if (happened === expected) resolve(stdout);
      else reject(new Error(`the program ${happened}: ${stderr}`));
    });
  });
}

it('the sweep knows every write of the bus', async () => {
  await using folder = await temporaryFolder();
  const printed = await run([folder.path('bus.db'), folder.path('ledger')], 'ends');
  expect(printed.split(' ').sort()).toEqual(writes.toSorted());
});

it.each(points)('nothing is lost by dying $when write $count of $name', async (point) => {
  await using folder = await temporaryFolder();
  const [path, ledger] = [folder.path('bus.db'), folder.path('ledger')];
  writeFileSync(ledger, '');
  await run([path, ledger, JSON.stringify(point)], 'dies');
  await run([path, ledger], 'ends');
  const lines = readFileSync(ledger, 'utf8').trim().split('\n');
  for (const id of ['o-0', 'o-1', 'o-2']) {
    const times = lines.filter((line) => line === `done ${id}`).length;
    expect(times, `${id} is handled once, or twice when the death came before its acknowledgement`).toBeOneOf([1, 2]);
  }
  expect(lines.filter((line) => line.startsWith('done')).length).toBeLessThanOrEqual(4);
  await using database = sqliteDatabase({ path });
  await database.start();
  expect(await database.read('SELECT id FROM bus_events ORDER BY id')).toEqual([{ id: 'o-0' }, { id: 'o-1' }, { id: 'o-2' }]);
});
