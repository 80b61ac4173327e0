import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sqliteIsFree } from './sqlite-is-free.ts';

describe('a file of SQLite', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tutti-free-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is free unless somebody is in the middle of a write', async () => {
    const path = join(folder, 'db');
    const somebody = new DatabaseSync(path);
    somebody.exec('PRAGMA journal_mode = wal; CREATE TABLE t (x)');
    expect(await sqliteIsFree(path)).toBe(true);
    somebody.exec('BEGIN IMMEDIATE; INSERT INTO t VALUES (1)');
    expect(await sqliteIsFree(path)).toBe(false);
    somebody.exec('COMMIT');
    expect(await sqliteIsFree(path)).toBe(true);
    expect(somebody.prepare("SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'").all()).toEqual([{ name: 't' }]);
    somebody.close();
  });
});
