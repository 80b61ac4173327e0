// Three processes share the work of one group; one of them is killed in the middle of it, and nothing is lost.
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventBus } from '@tutti/messaging';
import { sqliteTransport } from '@tutti/messaging/sqlite';
import { events } from './events.ts';

const folder = mkdtempSync(join(tmpdir(), 'tutti-workers-'));
const path = join(folder, 'bus.db');
const contracts = 60;

const bus = new EventBus({ events, transport: sqliteTransport({ path }) });
await bus.start();
const read = new Map<string, number>();
const finished = Promise.withResolvers<void>();
bus.subscribe(
  'contract.read',
  ({ data }) => {
    read.set(data.contractId, data.worker);
    if (read.size === contracts) finished.resolve();
  },
  'counter',
  { from: 'beginning' },
);

const workers = [1, 2, 3].map((worker) => fork(join(import.meta.dirname, 'worker.ts'), [path, String(worker)]));
for (let index = 0; index < contracts; index++) {
  await bus.publish({ type: 'contract.uploaded', source: 'upload', data: { contractId: `c-${index}` } });
}
workers[0]?.once('message', () => workers[0]?.kill('SIGKILL')); // it has something in hand
await finished.promise;

const shares = new Set(read.values());
console.log(`${read.size} of ${contracts} contracts were read`);
console.log(`by more than one worker: ${shares.size > 1}`);
console.log(`the killed one was killed: ${workers[0]?.killed}`);
for (const worker of workers) worker.kill('SIGTERM');
await bus.stop();
rmSync(folder, { recursive: true });
