import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { atFullSize, faultScale } from '@tutti/core/testing';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { describeWith } from '../../../tools/services/needs.ts';
import { type RabbitServer, startRabbit } from '../../../tools/services/rabbitmq.ts';
import { startRedis } from '../../../tools/services/redis.ts';
import { temporaryFolder } from './bus-members.ts';

const program = fileURLToPath(new URL('./programs/endure.ts', import.meta.url));
const messages = faultScale(1_000_000, 0.05);
const few = 50_000;
const mebibyte = 1_048_576;

interface Largest {
  readonly file: number;
  readonly wal: number;
  /** Of the member. */
  readonly rss: number;
  readonly waiting: number;
}

async function endureAt(at: string, mode: 'bounded' | 'unbounded', count: number): Promise<Largest> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=@tutti/source', program, at, String(count), mode]);
  return JSON.parse(stdout) as Largest;
}

async function endure(mode: 'bounded' | 'unbounded', count: number): Promise<Largest> {
  await using folder = await temporaryFolder();
  return endureAt(folder.path('bus.db'), mode, count);
}

/** 5,000 settled events of 1 KB are kept, and 5,000 identities. */
it(`${messages} messages leave file, log and memory within their bounds`, { timeout: 900_000 }, async () => {
  const { file, wal, rss, waiting } = await endure('bounded', messages);
  console.info(
    `at most ${Math.round(file / mebibyte)} MiB of file, ${Math.round(wal / mebibyte)} of log, ${Math.round(rss / mebibyte)} of memory`,
  );
  expect(waiting).toBe(0);
  expect(file).toBeLessThan(24 * mebibyte);
  expect(wal).toBeLessThan(64 * mebibyte);
  expect(rss).toBeLessThan(512 * mebibyte);
});

it('control: without its retention the file grows with the messages', { timeout: 120_000 }, async () => {
  const { file } = await endure('unbounded', few);
  expect(file).toBeGreaterThan(24 * mebibyte);
});

/** The most that the data of a Redis of its own ever took. */
async function atRedis(mode: 'bounded' | 'unbounded', count: number): Promise<Largest & { readonly peak: number }> {
  const server = await startRedis();
  const client = new Redis(server.url);
  try {
    const largest = await endureAt(server.url, mode, count);
    const [, peak] = /used_memory_peak:(\d+)/.exec(await client.info('memory')) ?? [];
    return { ...largest, peak: Number(peak) };
  } finally {
    client.disconnect();
    await server.stop();
  }
}

describeWith('redis-server', 'a million messages through Redis', () => {
  const bound = 48 * mebibyte;

  it.skipIf(!atFullSize())('leave its memory within bounds (at full size only: npm run test:faults)', { timeout: 1_800_000 }, async () => {
    const { peak, rss, waiting } = await atRedis('bounded', messages);
    console.info(`at most ${Math.round(peak / mebibyte)} MiB at Redis, ${Math.round(rss / mebibyte)} in the member`);
    expect(waiting).toBe(0);
    expect(peak).toBeLessThan(bound);
    expect(rss).toBeLessThan(512 * mebibyte);
  });

  it.skipIf(!atFullSize())('control: without its retention the memory grows (at full size only)', { timeout: 300_000 }, async () => {
    expect((await atRedis('unbounded', few)).peak).toBeGreaterThan(bound);
  });
});

interface RabbitUse {
  /** In all queues, at the end. */
  readonly kept: number;
  /** Bytes of the disk, the most that was seen. */
  readonly disk: number;
}

const diskOf = 'string:trim(os:cmd("du -sb " ++ rabbit_mnesia:dir() ++ " | cut -f1")).';

async function atRabbit(mode: 'bounded' | 'unbounded', count: number): Promise<Largest & RabbitUse> {
  const server = await startRabbit();
  let disk = 0;
  try {
    let isOver = false;
    const enduring = endureAt(server.url, mode, count).finally(() => {
      isOver = true;
    });
    while (!isOver) {
      disk = Math.max(disk, await seenOf(server, diskOf));
      await Promise.race([enduring.catch(() => undefined), new Promise((resolve) => setTimeout(resolve, 2_000))]);
    }
    const largest = await enduring;
    const counts = await server.control('-q', 'list_queues', 'messages', '--no-table-headers');
    const kept = counts.split('\n').reduce((sum, line) => sum + (Number(line) || 0), 0);
    return { ...largest, kept, disk };
  } finally {
    await server.stop();
  }
}

const seenOf = async (server: RabbitServer, expression: string): Promise<number> =>
  Number((await server.control('eval', expression)).replaceAll(/\D/g, ''));

/** The write-ahead log of quorum queues is turned at 512 MiB, whatever is in it; the rest are segments with what is still waited for, and the history. */
describeWith('rabbitmq-server', 'a million messages through RabbitMQ', () => {
  const bound = 12_000;

  it.skipIf(!atFullSize())(
    'leave its queues and its disk within bounds (at full size only: npm run test:faults)',
    { timeout: 3_600_000 },
    async () => {
      const { kept, disk, rss, waiting } = await atRabbit('bounded', messages);
      console.info(
        `${kept} messages kept, at most ${Math.round(disk / mebibyte)} MiB of disk, ${Math.round(rss / mebibyte)} in the member`,
      );
      expect(waiting).toBe(0);
      expect(kept).toBeLessThan(bound);
      expect(disk).toBeLessThan(2_048 * mebibyte);
      expect(rss).toBeLessThan(512 * mebibyte);
    },
  );

  it.skipIf(!atFullSize())('control: with a history without bounds they are kept (at full size only)', { timeout: 600_000 }, async () => {
    expect((await atRabbit('unbounded', few)).kept).toBeGreaterThan(bound);
  });
});
