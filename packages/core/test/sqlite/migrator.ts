// node migrator.ts <file> <steps>
// Says "ready", waits for a line, and migrates a table by that many steps, each of which leaves a row.
import { once } from 'node:events';
import { sqliteDatabase } from '../../src/sqlite/index.ts';

const [path = '', count = '0'] = process.argv.slice(2);
const steps = Array.from({ length: Number(count) }, (_, step) => `INSERT INTO steps_run VALUES (${step})`);
const database = sqliteDatabase({ path });
await database.start();
console.log('ready');
await once(process.stdin, 'data');
await database.migrate('migrator', ['CREATE TABLE steps_run (step INTEGER)', ...steps]);
console.log(`migrated by ${(await database.read('SELECT count(*) AS held FROM steps_run'))[0]?.['held']}`);
await database.stop();
process.stdin.destroy();
