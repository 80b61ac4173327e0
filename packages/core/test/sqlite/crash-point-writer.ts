// node crash-point-writer.ts <folder> <whole | split>
// Writes three pairs, and dies where the sweep tells it. "split" writes the halves of a pair as two sets, which no one should do.
import { join } from 'node:path';
import { sqliteDatabase } from '../../src/sqlite/index.ts';
import { crashingDatabase } from '../../src/testing/index.ts';
import { pair, pairTables } from './pairs.ts';

const [folder = '', manner = 'whole'] = process.argv.slice(2);
const database = crashingDatabase(sqliteDatabase({ path: join(folder, 'pairs.db') }));
await database.start();
await database.migrate('pairs', pairTables);
for (const id of ['1', '2', '3']) {
  const { name, statements } = pair(id);
  if (manner === 'whole') await database.write({ name, statements });
  else for (const statement of statements) await database.write({ name, statements: [statement] });
}
await database.stop();
