import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { eventually } from '../../packages/core/src/testing/index.ts';

/** Starts a process that would run for a minute, says its id, and waits. */
const owner = `
import { ownProcess } from ${JSON.stringify(new URL('./owned-process.ts', import.meta.url).href)};
const owned = await ownProcess('sleep', ['60']);
process.stdout.write(String(owned.pid));
setInterval(() => {}, 1_000);
`;

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

it('a server does not outlive an owner that was killed', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', owner], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [pid] = await once(child.stdout, 'data');
  expect(isThere(Number(pid))).toBe(true);
  child.kill('SIGKILL');
  await eventually('it is gone', () => !isThere(Number(pid)));
});
