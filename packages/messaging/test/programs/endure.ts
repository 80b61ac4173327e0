/** Sends messages of 1 KB through a bus in a file, which it keeps small, and prints what it took at most, in bytes: argv[2] is the file, argv[3] their number, argv[4] may be `unbounded`. */
import { statSync } from 'node:fs';
import { defaultRuntime } from '@tutti/core';
import { sqliteTransport } from '../../src/adapters/sqlite.ts';
import { testEvent } from '../../src/testing/index.ts';

const [path, count, mode] = [String(process.argv[2]), Number(process.argv[3]), process.argv[4]];
const kept = mode === 'unbounded' ? count : 5_000;
const batchSize = 500;
const transport = sqliteTransport({ path, retention: { maxEvents: kept } });
await transport.connect(defaultRuntime);
const inbox = { maxAgeMs: 3_600_000, maxEvents: kept };
const feed = await transport.open({ group: 'g', pattern: '**', from: 'now', leaseMs: 60_000, ordered: true, inbox });
const body = 'x'.repeat(800);
let [sent, settled, rss] = [0, 0, 0];
const largest = { file: 0, wal: 0 };

async function publish(): Promise<void> {
  while (sent < count) {
    const batch = Array.from({ length: batchSize }, () =>
      testEvent(`${defaultRuntime.random()}-${sent++}`, { subject: `k${sent % 400}`, data: body }),
    );
    await transport.append(batch);
    while (sent - settled > 4 * batchSize) await new Promise((resolve) => setImmediate(resolve));
  }
}
async function consume(): Promise<void> {
  while (settled < count) {
    const deliveries = await feed.receive(batchSize, 1_000, new AbortController().signal);
    await feed.settle(
      deliveries.map(({ receipt, attempt }, index) =>
        index === 7 && attempt === 1 ? { kind: 'retry', receipt, delayMs: 20 } : { kind: 'ack', receipt },
      ),
    );
    settled += deliveries.filter(({ attempt }, index) => index !== 7 || attempt > 1).length;
    if (deliveries.length > 0) measure();
  }
}
function measure(): void {
  largest.file = Math.max(largest.file, statSync(path).size);
  largest.wal = Math.max(largest.wal, statSync(`${path}-wal`).size);
  rss = Math.max(rss, process.memoryUsage.rss());
}

await Promise.all([publish(), consume()]);
const waiting = (await transport.stats()).map((stats) => stats.waiting + stats.running + stats.delayed);
await transport.close();
process.stdout.write(JSON.stringify({ ...largest, rss, waiting: waiting[0] }));
