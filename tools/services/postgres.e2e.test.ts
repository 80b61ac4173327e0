import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { eventually } from '../../packages/core/src/testing/index.ts';
import { findBinary } from './find-binary.ts';
import { describeWith } from './needs.ts';
import { startPostgres } from './postgres.ts';

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
    const running = (): boolean => execFileSync('ps', ['-eo', 'args']).toString().includes(folder);
    expect(running()).toBe(true);
    child.kill('SIGKILL');
    await eventually('it is gone', () => !running());
    execFileSync('rm', ['-r', folder]);
  });
});
