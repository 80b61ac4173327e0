// node pair-writer.ts <file> <log> <prefix of the ids> <how many> <honest | hasty>
// Writes pairs from 16 lanes and logs "done <id>" when one was acknowledged, "refused <id>" for those made to fail.
import { openSync, writeSync } from 'node:fs';
import { TuttiError, type WriteSet } from '../../src/index.ts';
import { type SqliteDatabase, sqliteDatabase } from '../../src/sqlite/index.ts';
import { pair, pairTables, wrongPair } from './pairs.ts';

const [path = '', log = '', prefix = '', total = '0', manner = 'honest'] = process.argv.slice(2);
const database = sqliteDatabase({ path });
await database.start();
await database.migrate('pairs', pairTables);

/** A store that acknowledges first and commits later, five hundred sets at a time. */
const held: WriteSet[] = [];
const hasty: SqliteDatabase['write'] = async (set) => {
  if (held.push(set) === 500) for (const one of held.splice(0)) database.write(one).catch(() => undefined);
  await new Promise(setImmediate);
  return [];
};
const write: SqliteDatabase['write'] = manner === 'hasty' ? hasty : (set) => database.write(set);

/** Into a file and at once: what was said before a kill has been said. */
const logFile = openSync(log, 'a');
const say = (words: string): void => void writeSync(logFile, `${words}\n`);

let next = 0;
async function lane(): Promise<void> {
  while (next < Number(total)) {
    const number = next++;
    const id = `${prefix}-${number}`;
    const wrong = number % 10 === 9;
    try {
      await write(wrong ? wrongPair(id) : pair(id));
      if (!wrong) say(`done ${id}`);
    } catch (error) {
      if (!wrong || !TuttiError.is(error, 'WRITE_CONFLICT')) throw error;
      say(`refused ${id}`);
    }
  }
}
await Promise.all(Array.from({ length: 16 }, lane));
await database.stop();
