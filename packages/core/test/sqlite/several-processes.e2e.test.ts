import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startChild } from './child.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tutti-processes-'));
  path = join(folder, 'shared.db');
});
afterEach(() => rm(folder, { recursive: true }));

describe('three processes that migrate a new file at once', () => {
  it('run each step once among them', async () => {
    const children = [1, 2, 3].map(() => startChild('migrator.ts', [path, 200]));
    await Promise.all(children.map((child) => child.said(1)));
    for (const child of children) child.say('go');
    for (const child of children) {
      expect(await child.ended).toEqual({ code: 0, errors: '' });
      expect(child.lines).toEqual(['ready', 'migrated by 200']);
    }
  });
});

describe('a process with an open database', () => {
  it('lives until its last write is acknowledged, and no longer', async () => {
    const child = startChild('quiet-process.ts', [path, 'unstopped']);
    expect(await child.ended).toEqual({ code: 0, errors: '' });
    expect(child.lines).toEqual(['acknowledged']);
  });

  it.runIf(process.platform === 'linux')('holds no descriptor of it once it was stopped', async () => {
    const child = startChild('quiet-process.ts', [path, 'stopped']);
    expect(await child.ended).toEqual({ code: 0, errors: '' });
    expect(child.lines).toEqual(['true true']);
  });
});
