import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { describeWith } from '../../../tools/services/needs.ts';
import { startRedis } from '../../../tools/services/redis.ts';
import { temporaryFolder } from './bus-members.ts';

const program = fileURLToPath(new URL('./programs/short-life.ts', import.meta.url));

it.each(['memory', 'bus.db'])('a process ends by itself when its bus on %s has stopped', { timeout: 40_000 }, async (place) => {
  await using folder = await temporaryFolder();
  const args = ['--conditions=@tutti/source', program, place === 'memory' ? place : folder.path(place)];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 30_000 });
  expect(stdout).toBe('heard o-1\n');
});

describeWith('redis-server', 'with a server', () => {
  it('a process ends by itself when its bus on Redis has stopped', { timeout: 40_000 }, async () => {
    const server = await startRedis();
    const args = ['--conditions=@tutti/source', program, server.url];
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 30_000 });
    expect(stdout).toBe('heard o-1\n');
    await server.stop();
  });
});
