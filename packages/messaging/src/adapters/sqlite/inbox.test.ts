import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SqliteDatabase, sqliteDatabase } from '@tutti/core/sqlite';
import { checkLaws, testRuntime } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { sqliteInboxSubject } from '../../../test/sqlite-inbox-subject.ts';
import { inboxLaws } from '../../testing/inbox-laws.ts';
import { type SqliteInboxOptions, sqliteInbox } from '../sqlite.ts';

describe('the sqlite inbox', () => {
  const { durable, transactional } = sqliteInbox({ path: 'inbox.db' });
  checkLaws(it, inboxLaws, sqliteInboxSubject, { durable, transactional });

  it('keeps the rows of a subscription within its limit, a few steps late', async () => {
    await using database = sqliteDatabase({ path: ':memory:' });
    await database.start();
    const inbox = sqliteInbox({ database, maxEvents: 100 });
    await inbox.connect(testRuntime());
    let most = 0;
    for (let batch = 0; batch < 200; batch++) {
      await inbox.remember(
        's',
        Array.from({ length: 50 }, (_, index) => `${(batch * 7919) % 1_000}-${index}`),
      );
      await inbox.remember('rare', [`r-${batch}`]);
      most = Math.max(most, await rowsOf(database, 's'));
    }
    expect(most).toBeLessThan(1_000);
    expect((await inbox.handled('rare', ['r-0', 'r-199'])).at(-1)).toBe(true);
  });

  it('looks only for identities that count: a repeat makes no other one fall out', async () => {
    await using database = sqliteDatabase({ path: ':memory:' });
    await database.start();
    const inbox = sqliteInbox({ database, maxEvents: 100 });
    await inbox.connect(testRuntime());
    await inbox.remember(
      's',
      Array.from({ length: 60 }, (_, index) => `first-${index}`),
    );
    for (let repeat = 0; repeat < 50; repeat++) await inbox.remember('s', ['first-0', `again`]);
    expect(await rowsOf(database, 's')).toBe(61);
  });
});

async function rowsOf(database: SqliteDatabase, scope: string): Promise<number> {
  return Number((await database.read('SELECT count(*) AS rows FROM inbox_handled WHERE scope = ?', [scope]))[0]?.['rows']);
}

describe('an inbox in a file of its own', () => {
  it('opens it with its first user and closes it with its last', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tutti-inbox-'));
    try {
      const inbox = sqliteInbox({ path: join(folder, 'inbox.db'), maxAge: '1h' });
      const runtime = testRuntime();
      await Promise.all([inbox.connect(runtime), inbox.connect(runtime)]);
      await inbox.remember('s', ['a']);
      await inbox.close();
      await inbox.close();
      await inbox.connect(runtime);
      expect(await inbox.handled('s', ['a', 'b'])).toEqual([true, false]);
      await inbox.close();
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('can be tried again when it could not be opened', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tutti-inbox-'));
    const inbox = sqliteInbox({ path: folder });
    await expect(inbox.connect(testRuntime())).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await expect(inbox.connect(testRuntime())).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await inbox.close();
    await rm(folder, { recursive: true });
  });
});

describe('the options of the sqlite inbox', () => {
  it.each([
    ['no place', {}, 'sqliteInbox'],
    ['two places', { path: 'a.db', database: sqliteDatabase({ path: 'b.db' }) }, 'sqliteInbox'],
    ['a database that is none', { database: {} }, 'sqliteInbox.database'],
    ['a number that is not whole', { path: 'a.db', maxEvents: 1.5 }, 'sqliteInbox.maxEvents'],
    ['an age without its unit', { path: 'a.db', maxAge: 5 }, 'sqliteInbox.maxAge'],
  ])('refuse %s', (_what, options, path) => {
    expect(() => sqliteInbox(options as SqliteInboxOptions)).toThrowError(
      expect.objectContaining({ code: 'INVALID_OPTIONS', details: expect.objectContaining({ path }) }),
    );
  });
});
