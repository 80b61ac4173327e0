import { randomUUID } from 'node:crypto';
import { sleep } from '@tutti/core';
import type { ConsumeMessage } from 'amqplib';
import { compilePattern } from '../../pattern/event-pattern.ts';
import { toQueue } from './delays.ts';
import type { Link } from './link.ts';
import type { Locks } from './lock.ts';
import { identityOf, notesOf, type Outgoing } from './message.ts';
import { levels, type Names } from './names.ts';
import type { Publisher } from './publisher.ts';
import type { Registered, Registry } from './registry.ts';
import { type Reading, readShelf } from './shelf.ts';
import type { Topology } from './topology.ts';

export interface HistoryParts {
  readonly link: Link;
  readonly names: Names;
  readonly publisher: Publisher;
  readonly registry: Registry;
  readonly topology: Topology;
  readonly locks: Locks;
}

/** An event that was routed before the binding was there may still be on its way to the history for a moment. */
const settleMs = 100;
const copiedAtOnce = 500;
const markerHeader = 'x-tutti-marker';

/**
 * Gives a new subscription what was stored before it.
 *
 * The queue of the history hears every event. With M0 and M1 markers in it, around the moment at which the queues are bound:
 * - what lies before M0 was routed before they were bound, so it is in the history only: it is copied;
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
  await locks.hold('history', async () => {
    await registry.catchUp();
    if (subscription.filled) return;
    const before = await markHistory(parts);
    await topology.bind(subscription);
    await sleep(link.runtime.clock, settleMs);
    const seam = await copy(parts, subscription, before, await markHistory(parts));
    const { group, pattern } = subscription;
    await registry.write({ kind: 'filled', group, pattern, seam });
  });
}

/** Puts a marker behind everything that the history holds now. */
async function markHistory({ names, publisher }: HistoryParts): Promise<string> {
  const marker = randomUUID();
  const options = { persistent: true, headers: { [markerHeader]: marker } };
  await publisher.publish([{ exchange: '', key: names.history, content: Buffer.alloc(0), options }]);
  return marker;
}

const markerOf = (message: ConsumeMessage): unknown => message.properties.headers?.[markerHeader];

/** Copies what lies before the second marker; gives the identities of what lies between the two. */
async function copy({ link, names, publisher }: HistoryParts, subscription: Registered, m0: string, m1: string): Promise<string[]> {
  const matches = compilePattern(subscription.pattern);
  const queues = names.work(subscription, subscription.partitions);
  const seam: string[] = [];
  let copies: Outgoing[] = [];
  const sent: Promise<void>[] = [];
  const send = (): void => {
    sent.push(publisher.publish(copies));
    copies = [];
  };
  let between = false;
  const reader = (message: ConsumeMessage): Reading => {
    const marker = markerOf(message);
    if (marker !== undefined) {
      between ||= marker === m0;
      return marker === m1 ? 'enough' : 'next';
    }
    const [word = '', slot = '', ...type] = message.fields.routingKey.split('.');
    const level = levels.indexOf(word as (typeof levels)[number]);
    if (level < 0 || !matches(type.join('.'))) return 'next';
    const partition = subscription.partitions === undefined ? 0 : Number(slot) % subscription.partitions;
    const work = queues.find((one) => one.level === level && one.partition === partition);
    if (!work) return 'next';
    copies.push(toQueue(work.queue, message.content, { ...notesOf(message), copied: true }));
    if (between) seam.push(identityOf(message.content));
    if (copies.length >= copiedAtOnce) send();
    return 'next';
  };
  // markers, also those of who died on the way, have served
  await readShelf(link, names.history, reader, (message) => markerOf(message) !== undefined);
  send();
  await Promise.all(sent);
  return seam;
}
