import { mkdtempSync, rmSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sqliteDatabase } from './sqlite-database.ts';
import { sqliteDurability } from './sqlite-durability.ts';

const memoryFolder = '/dev/shm';
const hasMemoryFolder = await statfs(memoryFolder).then(
  ({ type }) => type === 0x01021994,
  () => false,
);

async function told(folder: string, settings: readonly string[] = []) {
  const own = mkdtempSync(join(folder, 'tutti-durability-'));
  await using database = sqliteDatabase({ path: join(own, 'bus.db') });
  try {
    await database.start();
    return await sqliteDurability(
      {
        ...database,
        path: database.path,
        write: async ({ name, statements }) => {
          const found = await database.write({ name, statements });
          return settings.length > 0 ? [{ changes: 0, rows: [{ synchronous: Number(settings[0]) }] }] : found;
        },
      },
      'Events',
    );
  } finally {
    await database.stop();
    rmSync(own, { recursive: true });
  }
}

describe('what is said of a file', () => {
  it('is that what is there outlives a failure of the power', async () => {
    const { acknowledged, warnings } = await told(tmpdir());
    expect(acknowledged).toMatch(/synced to its disk/);
    expect(warnings.filter(({ name }) => name !== 'sqlite-file-in-memory')).toEqual([]);
  });

  it('warns of a connection that does not wait for the disk', async () => {
    const { acknowledged, warnings } = await told(tmpdir(), ['1']);
    expect(acknowledged).toMatch(/may be lost when the power fails/);
    expect(warnings.map(({ name }) => name)).toContain('sqlite-synchronous-weak');
  });

  it.runIf(hasMemoryFolder)('warns of a file that is gone when the host restarts', async () => {
    const { warnings } = await told(memoryFolder);
    expect(warnings.map(({ name }) => name)).toEqual(['sqlite-file-in-memory']);
  });

  it('says of a database in memory that it ends with the process', async () => {
    await using database = sqliteDatabase({ path: ':memory:' });
    await database.start();
    const { acknowledged, warnings } = await sqliteDurability(database, 'Events');
    expect([acknowledged, warnings]).toEqual([expect.stringMatching(/lost when it ends/), []]);
  });
});
