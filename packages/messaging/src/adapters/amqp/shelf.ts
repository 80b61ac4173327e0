import { sleep } from '@tutti/core';
import type { Channel, ConsumeMessage } from 'amqplib';
import { away, within } from './failures.ts';
import type { Link } from './link.ts';

/** What the reader wants of a message: `next` one, or no more. */
export type Reading = 'next' | 'enough';

/**
 * Reads a queue from its head without taking anything away: everything is taken in hand and given back, which a quorum queue puts where it was. One
 * reader at a time, or each sees a part: hold a lock. A stream would do this by itself, but RabbitMQ 3.10 does not bring one back after its node was killed.
 *
 * @param taken Messages that are removed for good.
 */
export async function readShelf(
  link: Link,
  queue: string,
  reader: (message: ConsumeMessage) => Reading,
  taken: (message: ConsumeMessage) => boolean = () => false,
): Promise<void> {
  const channel = await link.channel();
  try {
    const { messageCount } = await link.answered(channel.checkQueue(queue));
    if (messageCount === 0) return;
    const removed = await readAll(link, channel, queue, messageCount, reader, taken);
    channel.nackAll(true);
    await settled(link, channel, queue, messageCount - removed);
  } finally {
    channel.close().catch(() => {}); // lost
  }
}

async function readAll(
  link: Link,
  channel: Channel,
  queue: string,
  count: number,
  reader: (message: ConsumeMessage) => Reading,
  taken: (message: ConsumeMessage) => boolean,
): Promise<number> {
  const { promise: read, resolve, reject } = Promise.withResolvers<void>();
  let [seen, removed, enough] = [0, 0, false];
  channel.on('close', () => reject(away(link.name, 'the channel was lost', false)));
  await link.answered(channel.prefetch(0));
  const take = (message: ConsumeMessage | null): void => {
    if (message === null) {
      reject(away(link.name, `${queue} is gone`, false));
      return;
    }
    seen++;
    if (!enough) enough = reader(message) === 'enough';
    if (taken(message)) {
      removed++;
      channel.ack(message);
    }
    if (enough || seen >= count) resolve();
  };
  const { consumerTag } = await link.answered(channel.consume(queue, take));
  for (let before = -1; before !== seen; ) {
    before = seen;
    const silent = await within(link.runtime.clock, link.patienceMs, read, () => 'silent').catch((error: unknown) => error);
    if (silent === undefined) break;
    if (silent !== 'silent') throw silent;
  }
  read.catch(() => {}); // told above, or nobody asks any more
  await link.answered(channel.cancel(consumerTag));
  return removed;
}

/** The next reader must find everything: what is given back is there again after a moment. */
async function settled(link: Link, channel: Channel, queue: string, count: number): Promise<void> {
  const { clock } = link.runtime;
  const giveUpAt = clock.now() + link.patienceMs;
  while ((await link.answered(channel.checkQueue(queue))).messageCount < count && clock.now() < giveUpAt) await sleep(clock, 10);
}
