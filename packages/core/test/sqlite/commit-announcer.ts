// node commit-announcer.ts <file>
// Says "open" when it is, then "rang" for every ring; writes once for every line it is told, and says "wrote". Never stops by itself.
import { createInterface } from 'node:readline';
import { sqliteDatabase } from '../../src/sqlite/index.ts';
import { testRuntime } from '../../src/testing/index.ts';

const [path = ''] = process.argv.slice(2);
const database = sqliteDatabase({ path, runtime: testRuntime() });
await database.start();
database.onCommit(() => console.log('rang'));
console.log('open');
for await (const _line of createInterface(process.stdin)) {
  await database.write({ name: 'touch', statements: [{ sql: 'CREATE TABLE IF NOT EXISTS touched (id INTEGER)', values: [] }] });
  await database.write({ name: 'touch', statements: [{ sql: 'INSERT INTO touched VALUES (1)', values: [] }] });
  console.log('wrote');
}
