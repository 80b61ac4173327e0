/** Publishes and hears three events on a file, and dies at the write it is told; without one it ends by itself and prints its writes. */
import { appendFileSync } from 'node:fs';
import { sqliteDatabase } from '@tutti/core/sqlite';
import { type CrashPoint, crashPoints, eventually } from '@tutti/core/testing';
import { sqliteTransport } from '../../src/adapters/sqlite.ts';
import { EventBus } from '../../src/index.ts';
import { waitingSql } from '../bus-members.ts';
import { events, placed } from '../shop.ts';

const [path, ledger, point] = process.argv.slice(2) as [string, string, string | undefined];
const deadly = point === undefined ? undefined : (JSON.parse(point) as CrashPoint);

const database = crashPoints(sqliteDatabase({ path }), ({ name, when, count }) => {
  if (name === deadly?.name && when === deadly.when && count === deadly.count) process.kill(process.pid, 'SIGKILL');
});
await database.start();
const bus = new EventBus({ events, transport: sqliteTransport({ database }) });
await bus.start();
bus.subscribe('order.placed', ({ id }) => appendFileSync(ledger, `done ${id}\n`), 'billing', {
  from: 'beginning',
  lease: '1s',
  concurrency: 1,
});
for (const id of ['o-0', 'o-1', 'o-2']) {
  await bus.publish({ ...placed(id), id });
  appendFileSync(ledger, `acked ${id}\n`);
}
await eventually('nothing waits any more', async () => (await database.read(waitingSql))[0]?.['waiting'] === 0);
await bus.stop();
await database.stop();
process.stdout.write([...new Set(database.writeNames)].join(' '));
