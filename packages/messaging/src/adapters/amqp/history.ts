import { randomUUID } from 'node:crypto';
import { sleep } from '@tutti/core';
import type { ConsumeMessage } from 'amqplib';
import { compilePattern } from '../../pattern/event-pattern.ts';
import { toQueue } from './delays.ts';
import { away, within } from './failures.ts';
import type { Link } from './link.ts';
import type { Locks } from './lock.ts';
import { identityOf, notesOf, type Outgoing } from './message.ts';
import { keyOf, levels, type Names } from './names.ts';
import type { Publisher } from './publisher.ts';
import type { Registered, Registry } from './registry.ts';
import type { Topology } from './topology.ts';

export interface HistoryParts {
  readonly link: Link;
  readonly names: Names;
  readonly publisher: Publisher;
  readonly registry: Registry;
  readonly topology: Topology;
  readonly locks: Locks;
}

/** An event that was routed before the binding was there may still be on its way to the stream for a moment. */
const settleMs = 100;
const copiedAtOnce = 500;
const markerHeader = 'x-tutti-marker';

/**
 * Gives a new subscription what was stored before it.
 *
 * The stream hears every event. With M0 and M1 markers in it, around the moment at which the queues are bound:
 * - what lies before M0 was routed before they were bound, so it is in the stream only: it is copied;
 * - what lies after M1 was routed after they were bound (the broker routes and delivers in one step, and M1 waits for steps that had begun), so it
 *   comes by itself: it is not copied;
 * - what lies between may have been routed before or after. It is copied, and its identities, the seam, go into the registry: what comes
 *   by itself of the seam is a second copy, known by not being marked as one, and is dropped by whoever receives it.
 * So each event comes once. One that was stored while the queues were being bound may come after one that was stored just later.
 *
 * Who dies on the way has not written that it is done: the next member begins again, and what was copied comes twice.
 */
export async function fillFromHistory(parts: HistoryParts, subscription: Registered): Promise<void> {
  const { link, registry, topology, locks } = parts;
  await locks.hold(`fill ${keyOf(subscription)}`, async () => {
    await registry.catchUp();
    if (subscription.filled) return;
    const before = await markHistory(parts);
    await copy(parts, subscription, undefined, before);
    await topology.bind(subscription);
    await sleep(link.runtime.clock, settleMs);
    const after = await markHistory(parts);
    const seam = await copy(parts, subscription, before, after);
    const { group, pattern } = subscription;
    await registry.write({ kind: 'filled', group, pattern, seam });
  });
}

/** Gives the offset of a marker that is written now. */
async function markHistory({ link, names, publisher }: HistoryParts): Promise<number> {
  const marker = randomUUID();
  const options = { persistent: true, headers: { [markerHeader]: marker } };
  await publisher.publish([{ exchange: '', key: names.history, content: Buffer.alloc(0), options }]);
  let found = -1;
  await read(link, names.history, 'last', (message, offset) => {
    if (message.properties.headers?.[markerHeader] !== marker) return false;
    found = offset;
    return true;
  });
  return found;
}

/** Copies what lies between two offsets; gives the identities. */
async function copy(
  { link, names, publisher }: HistoryParts,
  subscription: Registered,
  after: number | undefined,
  before: number,
): Promise<string[]> {
  const matches = compilePattern(subscription.pattern);
  const queues = names.work(subscription, subscription.partitions);
  const identities: string[] = [];
  let copies: Outgoing[] = [];
  const sent: Promise<void>[] = [];
  const send = (): void => {
    sent.push(publisher.publish(copies));
    copies = [];
  };
  await read(link, names.history, after ?? 'first', (message, offset) => {
    if (offset >= before) return true;
    const { routingKey } = message.fields;
    const [word = '', slot = '', ...type] = routingKey.split('.');
    const level = levels.indexOf(word as (typeof levels)[number]);
    if ((after !== undefined && offset <= after) || level < 0 || !matches(type.join('.'))) return false;
    const partition = subscription.partitions === undefined ? 0 : Number(slot) % subscription.partitions;
    const work = queues.find((one) => one.level === level && one.partition === partition);
    if (!work) return false;
    copies.push(toQueue(work.queue, message.content, { ...notesOf(message), copied: true }));
    if (after !== undefined) identities.push(identityOf(message.content));
    if (copies.length >= copiedAtOnce) send();
    return false;
  });
  send();
  await Promise.all(sent);
  return identities;
}

/** Reads a stream from an offset on until the reader says that it is enough. */
async function read(
  link: Link,
  queue: string,
  from: number | 'first' | 'last',
  reader: (message: ConsumeMessage, offset: number) => boolean,
): Promise<void> {
  const channel = await link.channel();
  const { clock } = link.runtime;
  const { promise: enough, resolve, reject } = Promise.withResolvers<void>();
  channel.on('close', () => reject(away(link.name, 'the channel was lost', false)));
  let seen = 0;
  try {
    await link.answered(channel.prefetch(copiedAtOnce));
    const take = (message: ConsumeMessage | null): void => {
      if (message === null) {
        reject(away(link.name, `${queue} is gone`, false));
        return;
      }
      seen++;
      channel.ack(message);
      if (reader(message, Number(message.properties.headers?.['x-stream-offset']))) resolve();
    };
    await link.answered(channel.consume(queue, take, { arguments: { 'x-stream-offset': from } }));
    for (let before = -1; before !== seen; ) {
      before = seen;
      const silent = await within(clock, link.patienceMs, enough, () => 'silent').catch((error: unknown) => error);
      if (silent === undefined) return;
      if (silent !== 'silent') throw silent;
    }
    throw away(link.name, `${queue} gives nothing more`, false);
  } finally {
    enough.catch(() => {}); // told above, or nobody asks any more
    channel.close().catch(() => {}); // lost
  }
}
