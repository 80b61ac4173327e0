import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command, RunningPlatform } from './running-platform.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tutti-bad-days-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const contract =
  'SERVICES AGREEMENT\n\n12. Disputes. Any dispute arising out of this Agreement shall be finally settled by binding arbitration under the rules of JAMS.\n';

describe('analyze', () => {
  it('reads what it can, says why it could not read the rest, and exits with 3', async () => {
    writeFileSync(join(folder, 'good.txt'), contract);
    writeFileSync(join(folder, 'empty.txt'), '');
    writeFileSync(join(folder, 'picture.pdf'), Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]));
    const files = ['good.txt', 'empty.txt', 'missing.txt', 'picture.pdf'];
    const { code, stdout, stderr } = await command(['analyze', ...files, '--json', '--text-out', 'texts'], folder).finished;
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect([code, lines.map(({ file, ok }) => [file, ok])], stderr).toEqual([
      3,
      [
        ['good.txt', true],
        ['empty.txt', false],
        ['missing.txt', false],
        ['picture.pdf', false],
      ],
    ]);
    const [good, ...bad] = lines as [
      { spans: { start: number; end: number; text: string }[]; hasArbitration: boolean },
      ...{ error: string }[],
    ];
    const text = readFileSync(join(folder, 'texts', 'good.txt'), 'utf8');
    expect(good.hasArbitration).toBe(true);
    for (const { start, end, text: words } of good.spans) expect(text.slice(start, end)).toBe(words);
    expect(bad.map(({ error }) => error)).toEqual([
      expect.stringMatching(/^DOCUMENT_EMPTY: /),
      expect.stringMatching(/no such file/),
      expect.stringMatching(/PNG/i),
    ]);
  }, 60_000);

  it('says how it is used, with 2, and starts nothing', async () => {
    const { code, stdout, stderr } = await command(['analyze'], folder).finished;
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/at least one file[\s\S]*Usage/);
  });
});

describe('a platform that cannot start', () => {
  it('names a port that is in use and what to do, and leaves nothing running', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as { port: number };
    const { code, stderr } = await command(['--port', String(port), '--data', join(folder, 'data')], folder).finished;
    expect([code, stderr]).toEqual([1, expect.stringMatching(new RegExp(`port ${port} is used by another program; .*--port`))]);
    taken.close();
  }, 60_000);

  it('names a folder that cannot be written and what to do', async () => {
    writeFileSync(join(folder, 'a-file'), '');
    const { code, stderr } = await command(['--port', '0', '--data', join(folder, 'a-file', 'data')], folder).finished;
    expect([code, stderr]).toEqual([1, expect.stringMatching(/cannot be written.*--data/)]);
    const nowhere = await command(['--port', '0', '--data', '/proc/nothing/data'], folder).finished;
    expect([nowhere.code, nowhere.stderr]).toEqual([1, expect.stringMatching(/cannot be written: nothing can be made there.*--data/)]);
  });

  it('refuses a folder on which another platform runs', async () => {
    await using platform = await RunningPlatform.start();
    const { code, stderr } = await command(['--port', '0', '--data', platform.data], folder).finished;
    expect([code, stderr]).toEqual([1, expect.stringMatching(new RegExp(`already running.*${platform.pid}`))]);
  }, 60_000);
});
