import { statfs } from 'node:fs/promises';
import type { Durability, DurabilityWarning } from '../ports/durability.ts';
import type { SqliteDatabase } from './database.ts';

/** File systems of Linux (statfs(2), f_type) that are gone with the machine's memory. */
const volatileFileSystems: ReadonlySet<number> = new Set([0x01021994, 0x858458f6]); // tmpfs, ramfs

/**
 * What an acknowledgement of this database is worth, by the settings of the connection that writes.
 * @param what What is kept there, in the plural and with a capital: `Events`.
 */
export async function sqliteDurability(database: SqliteDatabase, what: string): Promise<Durability> {
  if (database.path === ':memory:')
    return {
      acknowledged: `${what} are kept in a database in the memory of this process, and lost when it ends in any way.`,
      warnings: [],
    };
  const [settings] = await database.write({ name: 'sqlite.durability', statements: [{ sql: 'PRAGMA synchronous', values: [] }] });
  const synchronous = Number(settings?.rows[0]?.['synchronous']);
  const warnings = [...(synchronous < 2 ? [weakSync] : []), ...((await isVolatile(database.path)) ? [inMemory] : [])];
  const acknowledged = `${what} are in the file ${database.path} on this host ${
    synchronous < 2
      ? 'and outlive the process, but the newest may be lost when the power fails'
      : 'and synced to its disk, so they outlive the process and a failure of the power'
  }. They are lost with the disk: nobody else has a copy.`;
  return { acknowledged, warnings };
}

const weakSync: DurabilityWarning = {
  name: 'sqlite-synchronous-weak',
  message: 'the connection that writes does not wait for the disk: use a database that sets synchronous = FULL, as sqliteDatabase does',
};
const inMemory: DurabilityWarning = {
  name: 'sqlite-file-in-memory',
  message: 'the file lies on a file system that is kept in memory and is gone when the host restarts: use a folder on a disk',
};

/** Where the system cannot say, nothing is warned of. */
async function isVolatile(path: string): Promise<boolean> {
  try {
    return volatileFileSystems.has((await statfs(path)).type);
  } catch {
    return false; // the file was just written to, so this is a system without statfs
  }
}
