// node crash-point-writer.ts <file> <before | after> <which> <whole | split>
// Ends itself at that point of the n-th pair. "split" writes the halves of a pair as two sets, which no one should do.
import { sqliteDatabase } from '../../src/sqlite/index.ts';
import { crashPoints } from '../../src/testing/index.ts';
import { pair, pairTables } from './pairs.ts';

const [path = '', when = '', which = '', manner = 'whole'] = process.argv.slice(2);
const database = crashPoints(sqliteDatabase({ path }), (point) => {
  if (point.when === when && point.count === Number(which)) process.kill(process.pid, 'SIGKILL');
});
await database.start();
await database.migrate('pairs', pairTables);
for (const id of ['1', '2', '3']) {
  const { name, statements } = pair(id);
  if (manner === 'whole') await database.write({ name, statements });
  else for (const statement of statements) await database.write({ name, statements: [statement] });
}
