import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const token = 'a-token-of-enough-length';
const main = join(import.meta.dirname, '../../src/cli/main.ts');
const source = '--conditions=@tutti/source';

let server: ChildProcess;
let url = '';
let folder: string;
let tokenFile: string;
const records: { readonly actor: string; readonly action: string; readonly outcome: string; readonly reason: string }[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tutti-cli-'));
  tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, `${token}\n`);
  chmodSync(tokenFile, 0o600);
  server = spawn(process.execPath, [source, join(import.meta.dirname, 'inspected-process.ts'), token], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: server.stdout as NonNullable<typeof server.stdout> });
  const [first] = (await once(lines, 'line')) as [string];
  url = (JSON.parse(first) as { url: string }).url;
  lines.on('line', (line) => records.push((JSON.parse(line) as { record: (typeof records)[number] }).record));
});

afterAll(async () => {
  server.stdin?.end();
  await once(server, 'exit');
  rmSync(folder, { recursive: true });
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the program as its user would, with nobody at its input. */
async function tutti(
  args: readonly string[],
  env: Readonly<Record<string, string>> = { TUTTI_URL: url, TUTTI_TOKEN: token },
): Promise<Ended> {
  const child = spawn(process.execPath, [source, main, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close') as Promise<[number | null]>]);
  return { code, out, err };
}

describe('tutti inspect', () => {
  it('shows what there is to look at and to do', async () => {
    const { code, out } = await tutti(['inspect']);
    expect([code, out]).toEqual([
      0,
      'library\n  look  old books\n  look  lost\n  act   burn (cannot be undone)\n' +
        '  act   order  --details {"type":"object","properties":{"copies":{"type":"integer"}}}\n  act   lend\n',
    ]);
    expect(JSON.parse((await tutti(['inspect', 'library', '--json'])).out).features[0].feature).toBe('library');
  });

  it('shows a page as a table in which nothing steers the terminal, and how to go on', async () => {
    const { code, out, err } = await tutti(['inspect', 'library', 'old books', '--limit', '2']);
    expect([code, out, err]).toEqual([
      0,
      [
        'id  title                shelf',
        '--  -------------------  ----------',
        '1   Book 001             {"room":2}',
        '2   Red ·[31mHerring· ·  {"room":2}',
        '',
      ].join('\n'),
      'There is more: --after 2, or --all\n',
    ]);
    expect((await tutti(['inspect', 'library', 'lost'])).out).toBe('(nothing)\n');
  });

  it('gives every item as a line of JSON, over all pages', async () => {
    const { code, out, err } = await tutti(
      ['inspect', 'library', 'old books', '--all', '--json', '--limit', '100', '--url', url, '--token-file', tokenFile],
      {},
    );
    const items = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: number; title: string });
    expect([code, items.length, items.at(-1), err]).toEqual([0, 250, { id: 250, title: 'Book 250', shelf: { room: 2 } }, '']);
    expect(items[1]?.title).toBe('Red \u001b[31mHerring\u202e \u{e0001}');
    expect(out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it('ends in silence when its reader has seen enough', async () => {
    const child = spawn(process.execPath, [source, main, 'inspect', 'library', 'old books', '--all', '--limit', '1'], {
      env: { TUTTI_URL: url, TUTTI_TOKEN: token },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const err = text(child.stderr);
    await once(child.stdout, 'data');
    child.stdout.destroy();
    const [code] = (await once(child, 'close')) as [number];
    expect([code, await err]).toEqual([0, '']);
  });
});

describe('tutti act', () => {
  it('runs an action, which the server records with who and why', async () => {
    records.length = 0;
    const { code, out } = await tutti([
      'act',
      'library',
      'order',
      'Emma',
      '--reason',
      'a reader asked',
      '--actor',
      'ada',
      '--details',
      '{"copies":2}',
      '--json',
    ]);
    expect([code, JSON.parse(out)]).toMatchObject([0, { result: { details: { copies: 2 } }, audited: true }]);
    expect(records).toMatchObject([
      { actor: 'ada', action: 'library.order', reason: 'a reader asked', outcome: 'begun' },
      { actor: 'ada', action: 'library.order', reason: 'a reader asked', outcome: 'done' },
    ]);
  });

  it('does what cannot be undone only when that is confirmed', async () => {
    records.length = 0;
    const burn = ['act', 'library', 'burn', 'Emma', '--reason', 'mould', '--actor', 'ada'];
    const unconfirmed = await tutti(burn);
    expect([unconfirmed.code, unconfirmed.err, records.length]).toEqual([
      3,
      'tutti: library.burn of Emma cannot be undone; confirm it with --yes\n',
      0,
    ]);
    const confirmed = await tutti([...burn, '--yes']);
    expect([confirmed.code, confirmed.out]).toEqual([
      0,
      expect.stringMatching(/^burnt {2}by\n-{5} {2}-{3}\nEmma {3}ada\nrecorded as [0-9a-f-]{36}\n$/),
    ]);
    expect(records).toHaveLength(2);
  });

  it('says in one line what an action failed with', async () => {
    const { code, out, err } = await tutti(['act', 'library', 'lend', 'Emma', '--reason', 'r', '--actor', 'a']);
    expect([code, out, err]).toEqual([1, '', 'tutti: the store library cannot be used now: the door is locked\n']);
  });
});

describe('the exit code of tutti', () => {
  it.each([
    [[], 2, 'a verb is needed'],
    [['look'], 2, 'there is no verb look'],
    [['inspect', '--limits', '3'], 2, "Unknown option '--limits'"],
    [['inspect', 'library', 'old books', '--limit', '0'], 2, '--limit must be'],
    [['inspect', '--all'], 2, 'name one'],
    [['act', 'library', 'burn'], 2, 'a target'],
    [['act', 'library', 'burn', 'Emma'], 2, '--reason'],
    [['act', 'library', 'order', 'Emma', '--reason', 'r', '--details', '{'], 2, '--details must be JSON'],
    [['act', 'library', 'order', 'Emma', '--reason', 'r', '--details', '{}'], 2, 'details.copies is missing'],
    [['inspect', 'nothing'], 4, 'there is no feature nothing; there are library'],
    [['inspect', 'library', 'nothing'], 4, 'library has no resource nothing; it has old books, lost'],
    [['act', 'library', 'nothing', 'x', '--reason', 'r'], 4, 'library has no action nothing; it has burn, order, lend'],
  ])('of %j is %d', async (args, code, words) => {
    const ended = await tutti(args);
    expect([ended.code, ended.out]).toEqual([code, '']);
    expect(ended.err.split('\n')[0]).toContain(words);
  });

  it('is 3 for a wrong token, 2 without an address, 1 when nobody answers there or something else does', async () => {
    expect(await tutti(['inspect'], { TUTTI_URL: url, TUTTI_TOKEN: 'wrong' })).toMatchObject({
      code: 3,
      err: 'tutti: the token is not the right one\n',
    });
    expect(await tutti(['inspect'], { TUTTI_URL: url })).toMatchObject({ code: 3, err: 'tutti: a bearer token is needed\n' });
    expect(await tutti(['inspect'], {})).toMatchObject({ code: 2 });
    expect(await tutti(['inspect', '--url', 'http://127.0.0.1:1'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('127.0.0.1:1 cannot be reached'),
    });
    expect(await tutti(['inspect', '--token-file', join(folder, 'none')])).toMatchObject({
      code: 2,
      err: expect.stringContaining('ENOENT'),
    });
    const page = createServer((_request, response) => void response.end('<h1>Welcome</h1>')).listen(0, '127.0.0.1');
    await once(page, 'listening');
    const elsewhere = `http://127.0.0.1:${(page.address() as AddressInfo).port}`;
    expect(await tutti(['inspect', '--url', elsewhere])).toMatchObject({
      code: 1,
      err: expect.stringContaining('is no inspection API (200)'),
    });
    page.close();
  });

  it('is 0 for help, on standard output', async () => {
    const { code, out, err } = await tutti(['--help']);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^Usage: tutti inspect/);
  });
});
