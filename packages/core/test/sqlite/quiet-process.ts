// node quiet-process.ts <file> <unstopped | stopped>
// Ends by coming to the end of its text: with a database that is open and listened to, or with one that was stopped.
import { readdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { sqliteDatabase } from '../../src/sqlite/index.ts';

const [path = '', manner = ''] = process.argv.slice(2);
/** Files, sockets and the event loops of threads, kept alive or not. */
const descriptors = (): number => readdirSync('/proc/self/fd').length;

const idle = [process.stdout.fd, process.stderr.fd, descriptors()].at(-1);
const database = sqliteDatabase({ path });
await database.start();
database.onCommit(() => {});
await database.read('SELECT 1 AS one');
const write = database.write({ name: 'last', statements: [{ sql: 'CREATE TABLE last_words (words TEXT)', values: [] }] });
if (manner === 'stopped') {
  await write;
  const open = descriptors();
  await database.stop();
  // those of the thread go when it has ended, a moment later on a busy machine
  for (let tries = 0; tries < 200 && descriptors() !== idle; tries++) await pause(10);
  console.log(open > Number(idle), descriptors() === idle);
} else void write.then(() => console.log('acknowledged'));
