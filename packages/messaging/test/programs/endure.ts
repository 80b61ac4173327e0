/**
 * Sends messages of 1 KB through a bus that keeps little of them, and prints what it took of this process, in bytes, and of the disk where the bus is a file:
 * argv[2] is the file or the URL of a server, argv[3] their number, argv[4] may be `unbounded`.
 */
import { statSync } from 'node:fs';
import { defaultRuntime } from '@tutti/core';
import { amqpTransport } from '../../src/adapters/amqp.ts';
import { redisTransport } from '../../src/adapters/redis.ts';
import { sqliteTransport } from '../../src/adapters/sqlite.ts';
import type { EventTransport } from '../../src/index.ts';
import { testEvent } from '../../src/testing/index.ts';

const [at, count, mode] = [String(process.argv[2]), Number(process.argv[3]), process.argv[4]];
const [kept, bodyBytes] = [mode === 'unbounded' ? count : 5_000, 800];
const batchSize = 500;
const isFile = !/^(redis|amqp):/.test(at);

function transportOf(): EventTransport {
  if (at.startsWith('redis:')) return redisTransport({ url: at, retention: { maxEvents: kept }, commandTimeout: '30s' });
  if (at.startsWith('amqp:')) return amqpTransport({ url: at, history: { maxBytes: kept * 1_024 } });
  return sqliteTransport({ path: at, retention: { maxEvents: kept } });
}

const transport = transportOf();
await transport.connect(defaultRuntime);
const inbox = transport.capabilities.inbox ? { maxAgeMs: 3_600_000, maxEvents: kept } : undefined;
const feed = await transport.open({ group: 'g', pattern: '**', from: 'now', leaseMs: 60_000, ordered: true, inbox });
const body = 'x'.repeat(bodyBytes);
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
  rss = Math.max(rss, process.memoryUsage.rss());
  if (!isFile) return;
  largest.file = Math.max(largest.file, statSync(at).size);
  largest.wal = Math.max(largest.wal, statSync(`${at}-wal`).size);
}

await Promise.all([publish(), consume()]);
const waiting = (await transport.stats()).map((stats) => stats.waiting + stats.running + stats.delayed);
await transport.close();
process.stdout.write(JSON.stringify({ ...largest, rss, waiting: waiting[0] }));
