import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { eventually } from '../../packages/core/src/testing/index.ts';
import { findBinary } from './find-binary.ts';
import { describeWith } from './needs.ts';
import { startPostgres } from './postgres.ts';

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describeWith('postgres', 'a Postgres of a test', () => {
  const ask = (url: string, sql: string): string =>
    execFileSync(findBinary('psql') ?? 'psql', ['-qAt', url, '-c', sql])
      .toString()
      .trim();

  it('comes back with what it acknowledged after it was killed, on the same port', async () => {
    const server = await startPostgres(['max_connections=20']);
    const url = await server.createDatabase('shop');
    expect(ask(url, 'SHOW max_connections')).toBe('20');
    ask(url, 'CREATE TABLE kept AS SELECT 1 AS one');
    await server.kill();
    expect(() => ask(url, 'SELECT 1')).toThrow();
    await server.restart();
    expect(ask(url, 'SELECT one FROM kept')).toBe('1');
    await server.stop();
  });

  it('does not outlive an owner that was killed, and neither do its children', async () => {
    const owner = `
      import { startPostgres } from ${JSON.stringify(new URL('./postgres.ts', import.meta.url).href)};
      const { url } = await startPostgres();
      process.stdout.write(url);
      setInterval(() => {}, 1_000);
    `;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', owner], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [url] = await once(child.stdout, 'data');
    const folder = ask(String(url), 'SHOW data_directory').replace(/\/data$/, '');
    const main = readFileSync(join(folder, 'data', 'postmaster.pid'), 'utf8').split('\n')[0];
    const pids = [main, ...ask(String(url), 'SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()').split('\n')].map(Number);
    expect(pids.length).toBeGreaterThan(3);
    expect(pids.every(isThere)).toBe(true);
    child.kill('SIGKILL');
    await eventually('they are gone', () => !pids.some(isThere));
    rmSync(folder, { recursive: true });
  });
});
