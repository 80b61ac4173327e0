import type { SqliteDatabase } from './database.ts';

/**
 * Brings the tables of one owner up to date when they are first needed, once; again when that failed. Whoever is given a database that
 * somebody else starts cannot do it earlier.
 */
export function tablesOf(database: SqliteDatabase, owner: string, steps: readonly string[]): () => Promise<void> {
  let ready: Promise<void> | undefined;
  return () => {
    ready ??= migrated();
    return ready;
  };

  async function migrated(): Promise<void> {
    // a database in memory rings while it migrates, and whoever is rung asks here
    await undefined;
    try {
      await database.migrate(owner, steps);
    } catch (error) {
      ready = undefined;
      throw error;
    }
  }
}
