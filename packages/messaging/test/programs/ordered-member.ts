/** A member of one subscription, in a process of its own, that writes down what it handles: argv[2] is the file, argv[3] the ledger, argv[4] `ordered` or not. */
import { appendFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { type CloudEvent, defaultRuntime, seededRandom } from '@tutti/core';
import { sqliteTransport } from '../../src/adapters/sqlite.ts';

const [path, ledger, how] = process.argv.slice(2) as [string, string, string];
const random = seededRandom(process.pid);
const transport = sqliteTransport({ path });
await transport.connect(defaultRuntime);
const ordered = how === 'ordered';
const feed = await transport.open({ group: 'g', pattern: '**', from: 'beginning', leaseMs: 1_500, ordered, inbox: undefined });
const never = new AbortController().signal;
appendFileSync(ledger, `ready ${process.pid}\n`);
for (;;) {
  const deliveries = await feed.receive(4, 1_000, never);
  await Promise.all(
    deliveries.map(async ({ event, receipt }) => {
      await pause(20 * random());
      appendFileSync(ledger, `done ${(event as CloudEvent).id}\n`);
      await feed.settle([{ kind: 'ack', receipt }]);
    }),
  );
}
