import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Connection } from './connection.ts';
import { openWriter } from './open-writer.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tutti-open-'));
  path = join(folder, 'opened.db');
});
afterEach(() => rm(folder, { recursive: true }));

describe('the connection that writes', () => {
  it('syncs every commit, keeps a WAL, holds foreign keys and maps no memory', async () => {
    const connection = await openWriter({ path, busyTimeoutMs: 100 });
    if (!(connection instanceof Connection)) throw new Error(connection.problem);
    const pragma = (name: string): unknown => Object.values(connection.query(`PRAGMA ${name}`)[0] ?? {})[0];
    const names = [
      'journal_mode',
      'synchronous',
      'fullfsync',
      'checkpoint_fullfsync',
      'foreign_keys',
      'busy_timeout',
      'journal_size_limit',
    ];
    expect(names.map(pragma)).toEqual(['wal', 2, 1, 1, 1, 0, 67_108_864]);
    expect(pragma('mmap_size') ?? 0).toBe(0);
    connection.close();
  });

  it('waits for a process that holds the whole file, as one does that opens it for the first time', async () => {
    const first = new Connection(path, { readOnly: false });
    first.script('CREATE TABLE opened (id INTEGER); BEGIN EXCLUSIVE');
    expect(await openWriter({ path, busyTimeoutMs: 30 })).toMatchObject({ refused: 'busy' });
    const waiting = openWriter({ path, busyTimeoutMs: 5_000 });
    first.rollback();
    first.close();
    const opened = await waiting;
    expect(opened).toBeInstanceOf(Connection);
    if (opened instanceof Connection) opened.close();
  });

  it('is refused where there can be no WAL', async () => {
    expect(await openWriter({ path: ':memory:', busyTimeoutMs: 100 })).toMatchObject({
      refused: 'unsupported',
      problem: expect.stringContaining('cannot do WAL (the journal mode stays "memory")'),
    });
  });
});
