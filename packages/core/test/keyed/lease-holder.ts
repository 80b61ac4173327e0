// Holds the lease "job" and writes its name into the one row of a table, again and again. Told `stop`, it stops itself between two
// writes as SIGSTOP does; when it is woken it goes on as if nothing had happened. Arguments: how it takes care (`fence`,
// `held`, `none`), the file of the table and of the lease, and the address of Redis when the lease is there.
import { setTimeout as pause } from 'node:timers/promises';
import { redisConnection, redisLease } from '../../src/adapters/redis.ts';
import { TuttiError } from '../../src/index.ts';
import { sqliteDatabase, sqliteLease } from '../../src/sqlite/index.ts';

const [, , care = '', path = '', redis] = process.argv;
const database = sqliteDatabase({ path });
await database.start();
const connection = redis === undefined ? undefined : redisConnection({ url: redis });
await connection?.start();
const lease = connection ? redisLease({ connection }) : sqliteLease({ database });
const held = await lease.tryAcquire('job', 500);
if (!held) throw new Error('somebody else holds the lease');
const { fence } = held;

const sql = care === 'fence' ? 'UPDATE resource SET owner = ?, fence = ?2 WHERE fence <= ?2' : 'UPDATE resource SET owner = ?, fence = ?';
const write = { name: 'resource.write', statements: [{ sql, values: ['old', fence], expectedRows: 1 }] };
let stopWanted = false;
process.stdin.on('data', () => {
  stopWanted = true;
});

async function work(): Promise<string> {
  for (;;) {
    if (care === 'held' && !held?.held) return 'noticed';
    try {
      await database.write(write);
    } catch (error) {
      if (TuttiError.is(error, 'WRITE_CONFLICT')) return 'refused';
      throw error;
    }
    if (!stopWanted) await pause(10);
    else if (stopped) return 'went on';
    else {
      stopped = true;
      process.kill(process.pid, 'SIGSTOP');
    }
  }
}
let stopped = false;

process.stdout.write(`holds ${fence}\n`);
process.stdout.write(`${await work()}\n`);
process.exit();
