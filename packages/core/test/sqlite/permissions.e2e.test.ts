import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sqliteDatabase } from '../../src/sqlite/index.ts';
import { startChild } from './child.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tutti-permissions-'));
});
afterEach(async () => {
  await chmod(folder, 0o700);
  await rm(folder, { recursive: true });
});

async function openedBy(path: string, mode = 0o555): Promise<readonly string[]> {
  await chmod(folder, mode);
  const child = startChild('unprivileged-opener.ts', [path]);
  expect(await child.ended).toEqual({ code: 0, errors: '' });
  return child.lines;
}

describe('a user without the right to write', () => {
  it('is told that the file is read-only, and may open it once it is not', async () => {
    const path = join(folder, 'read-only.db');
    await using database = sqliteDatabase({ path });
    await database.start();
    await database.stop();
    await chmod(path, 0o444);
    expect(await openedBy(path)).toEqual([
      expect.stringMatching(/^unavailable: the file or its folder is read-only for this user; make both writable/),
    ]);
    await chmod(path, 0o666);
    expect(await openedBy(path)).toEqual([expect.stringMatching(/^unavailable: /)]);
    expect(await openedBy(path, 0o777)).toEqual(['opened']);
  });

  it('is told that the file cannot be created', async () => {
    const path = join(folder, 'new.db');
    expect(await openedBy(path)).toEqual([
      expect.stringMatching(/^unavailable: the file cannot be opened or created; check that its folder exists/),
    ]);
  });

  it('is told that the file is out of reach', async () => {
    const path = join(folder, 'locked.db');
    await writeFile(path, '', { mode: 0o000 });
    expect(await openedBy(path)).toEqual([expect.stringMatching(/^unavailable: the file cannot be opened or created/)]);
  });
});
