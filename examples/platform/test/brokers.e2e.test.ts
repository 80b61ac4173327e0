import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { startEtcd } from '../../../tools/services/etcd.ts';
import { describeWith } from '../../../tools/services/needs.ts';
import { startPostgres } from '../../../tools/services/postgres.ts';
import { startRabbit } from '../../../tools/services/rabbitmq.ts';
import { startRedis } from '../../../tools/services/redis.ts';
import { command, isAlive, RunningPlatform } from './running-platform.ts';

const name = 'web-hosting-agreement-2003.pdf';
const sample = join(import.meta.dirname, '..', 'samples', name);
const document = readFileSync(sample);
const run = promisify(execFile);

/** A platform whose events, or sagas, are kept elsewhere reads a document all the same. */
async function reads(args: readonly string[]): Promise<void> {
  await using platform = await RunningPlatform.start({ args });
  const view = await platform.client.analyse(name, document, { patienceMs: 60_000 });
  expect(view).toMatchObject({ status: 'analysed', report: { hasArbitration: true } });
}

/** What is under way when the whole platform is killed is finished by the next, from what the server has. */
async function finishesWhatWasUnderWay(args: readonly string[]): Promise<void> {
  await using first = await RunningPlatform.start({ args });
  const { descendants } = first;
  const headers = { authorization: `Bearer ${first.token}` };
  const uploads = Array.from({ length: 4 }, async () => {
    const response = await fetch(`${first.url}/api/v1/documents?name=${name}`, { method: 'POST', headers, body: document });
    return ((await response.json()) as { documentId: string }).documentId;
  });
  const ids = await Promise.all(uploads);
  first.kill('SIGKILL');
  await eventually('no process is left', () => descendants.every((pid) => !isAlive(pid)), 10_000);

  await using second = await RunningPlatform.start({ data: first.data, args });
  const authorization = `Bearer ${second.token}`;
  for (const id of ids) {
    const response = await fetch(`${second.url}/api/v1/documents/${id}?wait=60s`, { headers: { authorization } });
    expect(await response.json()).toMatchObject({ status: 'analysed', report: { hasArbitration: true } });
  }
}

/** A platform of one run takes everything away again. */
async function leavesNothingBehind(args: readonly string[], left: () => Promise<{ readonly stdout: string }>): Promise<void> {
  const before = await left();
  const { code, stdout } = await command(['analyze', sample, '--json', ...args]).finished;
  expect([code, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ ok: true, hasArbitration: true })]);
  expect(await left()).toEqual(before);
}

/** The services of a platform are found where it was sent, and not in a file of its own. */
async function findsItselfIn(args: readonly string[], keys: () => Promise<{ readonly stdout: string }>): Promise<void> {
  await using platform = await RunningPlatform.start({ args });
  expect((await keys()).stdout).toMatch(/\/endpoints\/compliance-automation\/.*\/endpoints\/document-analysis\//s);
  expect(existsSync(join(platform.data, 'registry.db'))).toBe(false);
}

describeWith('redis-server', 'the platform with its events and sagas in Redis', () => {
  it('finishes what was under way when it was killed, and leaves nothing behind where it was to', { timeout: 240_000 }, async () => {
    const server = await startRedis(['--appendonly', 'yes', '--appendfsync', 'always']);
    try {
      await finishesWhatWasUnderWay(['--redis', server.url]);
      await leavesNothingBehind(['--redis', server.url], () => run('redis-cli', ['-p', String(server.port), 'dbsize']));
    } finally {
      await server.stop();
    }
  });
});

describeWith('postgres', 'the platform with its sagas in Postgres', () => {
  const schemas = 'SELECT string_agg(nspname, $$,$$ ORDER BY nspname) FROM pg_namespace';

  it('finishes what was under way when it was killed, and leaves nothing behind where it was to', { timeout: 240_000 }, async () => {
    const server = await startPostgres();
    try {
      await finishesWhatWasUnderWay(['--postgres', server.url]);
      await leavesNothingBehind(['--postgres', server.url], () => run('psql', ['-Atc', schemas, server.url]));
    } finally {
      await server.stop();
    }
  });
});

describeWith('rabbitmq-server', 'the platform with its events at RabbitMQ', () => {
  it('reads a document, and leaves nothing behind where it was to', { timeout: 120_000 }, async () => {
    const server = await startRabbit();
    try {
      await reads(['--amqp', server.url]);
      const left = async (): Promise<{ readonly stdout: string }> => {
        const names = await Promise.all(['list_queues', 'list_exchanges'].map((list) => server.control('-q', list, 'name')));
        return { stdout: names.map((some) => some.split('\n').toSorted().join('\n')).join('\n\n') };
      };
      await leavesNothingBehind(['--amqp', server.url], left);
    } finally {
      await server.stop();
    }
  });
});

describeWith('etcd', 'the platform with its endpoints in etcd', () => {
  it('finishes what was under way when it was killed, and leaves nothing behind where it was to', { timeout: 240_000 }, async () => {
    const server = await startEtcd();
    const keys = async (): Promise<{ readonly stdout: string }> => {
      const everything = JSON.stringify({ key: 'AA==', range_end: 'AA==', keys_only: true });
      const response = await fetch(`${server.url}/v3/kv/range`, { method: 'POST', body: everything });
      const { kvs = [] } = (await response.json()) as { readonly kvs?: readonly { readonly key: string }[] };
      return { stdout: kvs.map(({ key }) => atob(key)).join('\n') };
    };
    try {
      await findsItselfIn(['--etcd', server.url], keys);
      await finishesWhatWasUnderWay(['--etcd', server.url]);
      await eventually('the ends of all leases', async () => (await keys()).stdout === '', 30_000);
      await leavesNothingBehind(['--etcd', server.url], keys);
    } finally {
      await server.stop();
    }
  });
});

describe('a platform that is sent to a server', () => {
  it.each([
    ['--redis', 'redis://127.0.0.1:1', /redis 127\.0\.0\.1:1/],
    ['--etcd', 'http://nobody:hush@127.0.0.1:1', /etcd 127\.0\.0\.1:1/],
    ['--postgres', 'postgres://nobody:hush@127.0.0.1:1/nowhere', /127\.0\.0\.1:1\/nowhere/],
  ])('with %s that nobody answers at says so, without the password, and ends', { timeout: 60_000 }, async (option, url, message) => {
    const { code, stderr } = await command(['analyze', sample, option, url]).finished;
    expect([code, stderr]).toEqual([1, expect.stringMatching(message)]);
    expect(stderr).not.toContain('hush');
  });
});
