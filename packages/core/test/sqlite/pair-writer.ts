// node pair-writer.ts <file> <log> <prefix of the ids> <how many> <honest | hasty | unfenced>
// Writes pairs from 14 lanes and takes numbers from two more. Logs "done <id>" when a set was acknowledged, "refused <id>" for those made
// to fail. "hasty" acknowledges before COMMIT, "unfenced" takes numbers without a fence: what nobody should do.
import { openSync, writeSync } from 'node:fs';
import { TuttiError, type WriteSet } from '../../src/index.ts';
import { type SqliteDatabase, sqliteDatabase } from '../../src/sqlite/index.ts';
import { pair, pairTables, taking, wrongPair } from './pairs.ts';

const [path = '', log = '', prefix = '', total = '0', manner = 'honest'] = process.argv.slice(2);
const database = sqliteDatabase({ path });
await database.start();
await database.migrate('pairs', pairTables);

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
const nextId = (): string | undefined => (next < Number(total) ? `${prefix}-${next++}` : undefined);

async function writePairs(): Promise<void> {
  for (let id = nextId(); id !== undefined; id = nextId()) {
    const wrong = id.endsWith('9');
    if (await written(wrong ? wrongPair(id) : pair(id))) say(`done ${id}`);
    else say(`refused ${id}`);
  }
}

async function takeNumbers(): Promise<void> {
  for (let id = nextId(); id !== undefined; id = nextId()) {
    const number = Number((await database.read('SELECT number FROM next'))[0]?.['number']);
    say(`${(await written(taking(number, id, manner !== 'unfenced'))) ? 'taken' : 'refused'} ${id}`);
  }
}

async function written(set: WriteSet): Promise<boolean> {
  try {
    await write(set);
    return true;
  } catch (error) {
    if (TuttiError.is(error, 'WRITE_CONFLICT')) return false;
    throw error;
  }
}

await Promise.all([...Array.from({ length: 14 }, writePairs), takeNumbers(), takeNumbers()]);
await database.stop();
