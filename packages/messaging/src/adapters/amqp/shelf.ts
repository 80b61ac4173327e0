import { sleep } from '@tutti/core';
import type { Channel, ConsumeMessage } from 'amqplib';
import { closeChannel } from './close-channel.ts';
import { away, within } from './failures.ts';
import type { Link } from './link.ts';

/** What the reader wants of a message: `next` one, or no more. */
export type Reading = 'next' | 'enough';

/**
 * To one consumer the broker sends no more that are not acknowledged: 65,535 at most, and 2,000 of a quorum queue where no number is said. Who has so many goes
 * on as another one.
 */
const mostInHand = 65_535;
/** What a channel had in hand goes back in the order of the tags of its consumers, and by number within each. */
const tagOf = (index: number): string => `reader ${String(index).padStart(4, '0')}`;

/**
 * Reads a queue from its head without taking anything away: everything is taken in hand and given back, which a quorum queue puts where it was. One
 * reader at a time, or each sees a part: hold a lock. A stream would do this by itself, but RabbitMQ 3.10 does not bring one back after its node was killed.
 *
 * What is in hand goes back by closing the channel, and not by a cancel and a refusal: who dies between these two has no consumer any more and everything
 * in hand, so that the next reader would take the queue for his and be given what is new before what is old.
 *
 * @param taken Messages that are removed for good.
 * @param fence A channel of whoever may read only as long as his connection lasts: nothing is read once it is gone.
 */
export async function readShelf(
  link: Link,
  queue: string,
  reader: (message: ConsumeMessage) => Reading,
  taken: (message: ConsumeMessage) => boolean = () => false,
  fence?: Channel,
): Promise<void> {
  const channel = await link.channel();
  let [count, removed] = [0, 0];
  try {
    count = await leftAlone(link, fence ?? channel, queue); // one that is still there is of the same connection
    if (count === 0) return;
    removed = await readAll(link, channel, queue, count, reader, taken);
  } finally {
    await closeChannel(channel);
  }
  await link.using((other) => settled(link, other, queue, count - removed));
}

/** A reader that died before had the queue in hand until the broker has noticed: meanwhile there are gaps. Gives how much there is then. */
async function leftAlone(link: Link, channel: Channel, queue: string): Promise<number> {
  const { clock } = link.runtime;
  for (const giveUpAt = clock.now() + link.patienceMs; ; await sleep(clock, 10)) {
    const { messageCount, consumerCount } = await link.answered(channel.checkQueue(queue));
    if (consumerCount === 0) return messageCount;
    if (clock.now() >= giveUpAt) throw away(link.name, `${queue} is in the hands of another reader`, false);
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
  read.catch(() => {}); // told below, or what is asked first fails with it
  const removed: ConsumeMessage[] = [];
  let [seen, consumers, enough] = [0, 0, false];
  const consume = (): Promise<unknown> => {
    const consumer = channel.consume(queue, take, { consumerTag: tagOf(consumers++) });
    consumer.catch(reject);
    return consumer;
  };
  const take = (message: ConsumeMessage | null): void => {
    if (message === null) {
      reject(away(link.name, `${queue} is gone`, false));
      return;
    }
    seen++;
    if (!enough) enough = reader(message) === 'enough';
    if (taken(message)) removed.push(message);
    if (enough || seen >= count) resolve();
    else if (seen >= consumers * mostInHand) void consume();
  };
  channel.on('close', () => reject(away(link.name, 'the channel was lost', false)));
  await link.answered(channel.prefetch(mostInHand));
  await link.answered(consume());
  for (let before = -1; ; before = seen) {
    const silent = await within(link.runtime.clock, link.patienceMs, read, () => 'silent').catch((error: unknown) => error);
    if (silent === undefined) break;
    if (silent !== 'silent') throw silent;
    if (before === seen) throw away(link.name, `${queue} gave ${seen} of ${count} messages`, false);
  }
  for (const message of removed) channel.ack(message); // not before: each would make room for one that came later
  return removed.length;
}

/** The next reader must find everything: what is given back is there again after a moment. */
async function settled(link: Link, channel: Channel, queue: string, count: number): Promise<void> {
  const { clock } = link.runtime;
  const giveUpAt = clock.now() + link.patienceMs;
  while ((await link.answered(channel.checkQueue(queue))).messageCount < count && clock.now() < giveUpAt) await sleep(clock, 10);
}
