import { writeFileSync } from 'node:fs';
import type { SqliteDatabase } from '../sqlite/database.ts';
import { crashPoints } from './crash-points.ts';
import { crashPointVariable, writesFileVariable } from './fatal-writes.ts';

/**
 * For a program that `sweepCrashPoints` runs: its database, with a SIGKILL of the process at the write that this life is to die at. In a
 * life without such a write, the names of all writes are left for the sweep. Outside a sweep it changes nothing.
 */
export function crashingDatabase(database: SqliteDatabase): SqliteDatabase {
  const { [crashPointVariable]: fatal, [writesFileVariable]: writesFile } = process.env;
  const crashing = crashPoints(database, ({ name, when, count }) => {
    if (`${name}/${when}/${count}` === fatal) process.kill(process.pid, 'SIGKILL');
  });
  if (writesFile) process.once('exit', () => writeFileSync(writesFile, JSON.stringify(crashing.writeNames)));
  return crashing;
}
