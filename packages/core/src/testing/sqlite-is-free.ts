import { sqliteDatabase } from '../sqlite/sqlite-database.ts';

/** Whether a database can be written now: nobody who was stopped in the middle of a commit holds its lock. For trials that stop processes. */
export async function sqliteIsFree(path: string): Promise<boolean> {
  const database = sqliteDatabase({ path, busyTimeout: '300ms' });
  try {
    await database.start();
    await database.write({ name: 'trial.probe', statements: [{ sql: 'CREATE TABLE IF NOT EXISTS probe (x)', values: [] }] });
    return true;
  } catch {
    return false;
  } finally {
    await database.stop();
  }
}
