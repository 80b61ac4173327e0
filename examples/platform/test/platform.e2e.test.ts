import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@tutti/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isAlive, RunningPlatform } from './running-platform.ts';

const cli = join(import.meta.dirname, '../../../packages/monitoring/src/cli/main.ts');
const samples = join(import.meta.dirname, '..', 'samples');
const sample = (name: string): Uint8Array => readFileSync(join(samples, name));
const patienceMs = 30_000;
const binding = 'web-hosting-agreement-2003.pdf';

describe('the platform', () => {
  let platform: RunningPlatform;
  beforeAll(async () => {
    platform = await RunningPlatform.start();
  }, 60_000);
  afterAll(() => platform.stop());

  it('reads a document that goes in at the gateway, with offsets into its text', async () => {
    const view = await platform.client.analyse(binding, sample(binding), { patienceMs });
    expect(view.status).toBe('analysed');
    const text = await platform.client.text(view.documentId);
    expect(view.report?.spans.length).toBeGreaterThan(0);
    for (const span of view.report?.spans ?? []) expect(text.slice(span.start, span.end)).toBe(span.text);
    expect(view.report?.rules.length).toBeGreaterThan(0);
    expect(view.report?.note).toMatch(/not legal advice/i);
  });

  it('runs its services in processes of their own, reached only through the gateway', async () => {
    const pids = ['document-analysis', 'compliance-automation'].map((name) => platform.service(name));
    expect(new Set([platform.pid, ...pids]).size).toBe(3);
    const headers = { authorization: `Bearer ${platform.token}` };
    expect((await fetch(`${platform.url}/internal/documents/x/text`, { headers })).status).toBe(404);
    expect((await fetch(`${platform.url}/api/v1/documents/x`)).status).toBe(401);
    expect((await fetch(`${platform.url}/api/v1/documents/x`, { headers })).status).toBe(404);
  });

  it('can be looked at and acted on from the command line, and keeps a record of who acted', async () => {
    const tutti = (...args: readonly string[]): ReturnType<typeof spawnSync> =>
      spawnSync(process.execPath, ['--conditions=@tutti/source', cli, ...args, ...platform.inspection], { encoding: 'utf8' });
    const seen = tutti('inspect', '--json');
    const { features } = JSON.parse(String(seen.stdout)) as { features: { feature: string }[] };
    expect(features.map(({ feature }) => feature)).toEqual(['discovery', 'mesh', 'messaging', 'saga', 'gateway']);
    expect(String(tutti('inspect', 'gateway', 'routes').stdout)).toContain('/api/v1/documents');
    expect(String(tutti('inspect', 'discovery', 'endpoints').stdout)).toMatch(/^document-analysis\//m);
    const act = tutti('act', 'messaging', 'replay', 'no-such-letter', '--reason', 'to see', '--actor', 'ada', '--json');
    expect(String(act.stderr)).toBe('');
    expect(JSON.parse(String(act.stdout))).toMatchObject({ result: { replayed: 0 }, audited: true });
    const records = readFileSync(join(platform.data, 'audit.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(records).toMatchObject([
      { actor: 'ada', action: 'messaging.replay', outcome: 'begun' },
      { actor: 'ada', action: 'messaging.replay', outcome: 'done' },
    ]);
  });

  it('refuses what it cannot read, at the door and with a reason', async () => {
    const refused = (bytes: Uint8Array, name: string): Promise<unknown> =>
      platform.client.analyse(name, bytes, { patienceMs }).catch((error: unknown) => error);
    expect(await refused(new Uint8Array(), 'empty.txt')).toMatchObject({ details: { code: 'DOCUMENT_EMPTY' } });
    expect(await refused(Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0]), 'scan.pdf')).toMatchObject({
      code: 'SERVICE_REFUSED',
    });
  });

  it('ends an analysis right although the service is killed in the middle of it, and replaces the process', async () => {
    const victim = platform.service('document-analysis') as number;
    const views = Array.from({ length: 12 }, () => platform.client.analyse(binding, sample(binding), { patienceMs: 60_000 }));
    await new Promise((resolve) => setTimeout(resolve, 400)); // in the middle: the uploads are in, the analyses are not done
    process.kill(victim, 'SIGKILL');
    for (const view of await Promise.all(views)) expect(view).toMatchObject({ status: 'analysed', report: { hasArbitration: true } });
    const successor = await eventually('the process was replaced', () => platform.service('document-analysis'));
    expect(successor).not.toBe(victim);
  }, 90_000);
});

describe('a platform that ends', () => {
  it('stops within seconds when asked, with code 0 and no process left', async () => {
    await using platform = await RunningPlatform.start();
    const pids = platform.descendants;
    expect(pids.length).toBeGreaterThanOrEqual(2);
    platform.kill('SIGINT');
    expect((await platform.finished).code).toBe(0);
    expect(pids.filter(isAlive)).toEqual([]);
  }, 60_000);

  it('leaves no orphan ten seconds after it was killed, and finishes what was under way when it is back', async () => {
    await using first = await RunningPlatform.start();
    const pids = first.descendants;
    const headers = { authorization: `Bearer ${first.token}` };
    const uploaded = (await (
      await fetch(`${first.url}/api/v1/documents?name=${binding}`, { method: 'POST', headers, body: sample(binding) })
    ).json()) as { documentId: string };
    first.kill('SIGKILL');
    await eventually('no process is left', () => pids.every((pid) => !isAlive(pid)), 10_000);

    await using second = await RunningPlatform.start({ data: first.data });
    const response = await fetch(`${second.url}/api/v1/documents/${uploaded.documentId}?wait=30s`, {
      headers: { authorization: `Bearer ${second.token}` },
    });
    expect(await response.json()).toMatchObject({ status: 'analysed', report: { hasArbitration: true } });
  }, 90_000);
});
