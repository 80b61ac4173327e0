// node full-disk-writer.ts <file> <whole | split>
// Writes pairs of four kilobytes until one is refused, says "refused <code> <acknowledged> of <whole pairs> <halves>", its health, and how long
// its event loop stood at most; waits for a line, writes one more and says "went on <acknowledged> of <whole pairs> <halves>".
// "split" writes the halves of a pair as two sets, the larger one last, which no one should do.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import { TuttiError } from '../../src/index.ts';
import { sqliteDatabase } from '../../src/sqlite/index.ts';
import { halfIds, pair, pairTables, wholeIds } from './pairs.ts';

const [path = '', manner = 'whole'] = process.argv.slice(2);
const database = sqliteDatabase({ path });
await database.start();
await database.migrate('pairs', pairTables);
const found = async (): Promise<string> => `${(await wholeIds(database)).size} ${(await halfIds(database)).length}`;

let acknowledged = 0;
async function writeOne(): Promise<string | undefined> {
  try {
    const { name, statements } = pair(`${acknowledged}`.padEnd(4_096, 'x'));
    if (manner === 'whole') await database.write({ name, statements });
    else {
      await database.write({ name, statements: statements.slice(0, 1) });
      await database.write({ name, statements: [...statements.slice(1), ...pair(`${acknowledged}+`.padEnd(65_536, 'y')).statements] });
    }
    acknowledged++;
    return undefined;
  } catch (error) {
    return TuttiError.is(error) ? error.code : String(error);
  }
}

const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
let refusal: string | undefined;
while (refusal === undefined) refusal = await writeOne();
delay.disable();
console.log(`refused ${refusal} ${acknowledged} of ${await found()}`);
console.log((await database.health()).status);
console.log(Math.round(delay.max / 1e6));
for await (const _line of createInterface(process.stdin)) {
  console.log(`${(await writeOne()) ?? 'went on'} ${acknowledged} of ${await found()}`);
  break;
}
await database.stop();
process.stdin.destroy();
