import { sqliteDatabase } from './sqlite-database.ts';

/**
 * Whether a database can be written now, within 300 ms. For trials that stop processes: one that is stopped in the middle of a commit holds
 * the lock of the file, and nobody writes until it goes on.
 */
export async function sqliteIsFree(path: string): Promise<boolean> {
  const database = sqliteDatabase({ path, busyTimeout: '300ms' });
  try {
    await database.start();
    await database.write({ name: 'probe', statements: [{ sql: 'SELECT 1', values: [] }] });
    return true;
  } catch {
    return false;
  } finally {
    await database.stop();
  }
}
