import { randomUUID } from 'node:crypto';
import { sleep } from '@tutti/core';
import type { ConfirmChannel, ConsumeMessage } from 'amqplib';
import { compilePattern } from '../../pattern/event-pattern.ts';
import { toQueue } from './delays.ts';
import type { Link } from './link.ts';
import { Locks } from './lock.ts';
import { identityOf, notesOf, type Outgoing } from './message.ts';
import { levels, type Names } from './names.ts';
import { endOfPast } from './past.ts';
import { Publisher } from './publisher.ts';
import type { Registered, Registry } from './registry.ts';
import { type Reading, readShelf } from './shelf.ts';
import type { Topology } from './topology.ts';

export interface HistoryParts {
  /** A connection of its own. */
  readonly linked: (purpose: string) => Link;
  readonly names: Names;
  readonly registry: Registry;
  readonly topology: Topology;
}

/** An event that was routed just now may still be on its way to a queue for a moment. */
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
 * So each event comes once. Where the order of keys is kept, copies go into queues of their own, which are emptied first (past.ts): of each key what
 * is copied lies before M1, and what comes by itself and is not dropped lies after it. Elsewhere an event that was stored just before the
 * subscription may come after one that was stored just later.
 *
 * Who dies on the way has not written that it is done, so nobody has consumed anything: the next member throws away what it finds and begins again. One that has
 * lost the lock, and does not know yet, writes nothing more: the lock, the reading, the copies and the word that it is done go over one connection.
 */
export async function fillFromHistory(parts: HistoryParts, subscription: Registered): Promise<void> {
  const link = parts.linked('filling');
  await link.connect();
  try {
    const channel = await link.confirmChannel(); // before the lock: who has lost the one has lost the other
    await new Locks(link, parts.names).hold('history', () => new Filling(parts, link, channel, subscription).run());
  } finally {
    await link.close();
  }
}

class Filling {
  readonly #parts: HistoryParts;
  readonly #link: Link;
  readonly #channel: ConfirmChannel;
  readonly #publisher: Publisher;
  readonly #subscription: Registered;

  constructor(parts: HistoryParts, link: Link, channel: ConfirmChannel, subscription: Registered) {
    this.#parts = parts;
    this.#link = link;
    this.#channel = channel;
    this.#publisher = new Publisher(link, channel);
    this.#subscription = subscription;
  }

  async run(): Promise<void> {
    const { registry, topology } = this.#parts;
    await registry.catchUp();
    if (this.#subscription.filled) return;
    const { clock } = this.#link.runtime;
    const before = await this.#mark();
    await sleep(clock, settleMs);
    await this.#clear();
    await topology.bind(this.#subscription);
    await sleep(clock, settleMs);
    const seam = await this.#copy(before, await this.#mark());
    await topology.settling.stores(); // a broker that forgets a queue must not have been told that it is full
    const { group, pattern } = this.#subscription;
    await registry.write({ kind: 'filled', group, pattern, seam }, this.#publisher);
  }

  /** What one that died on the way has left. Its bindings stay: what comes by them from now on lies behind the first marker, too. */
  async #clear(): Promise<void> {
    const removed = this.#queues().flatMap(({ queue, past }): Promise<unknown>[] => [
      this.#channel.purgeQueue(queue),
      ...(past === undefined ? [] : [this.#channel.deleteQueue(past)]),
    ]);
    await this.#link.answered(Promise.all(removed));
  }

  /** Puts a marker behind everything that the history holds now. */
  async #mark(): Promise<string> {
    const marker = randomUUID();
    const options = { persistent: true, headers: { [markerHeader]: marker } };
    await this.#publisher.publish([{ exchange: '', key: this.#parts.names.history, content: Buffer.alloc(0), options }]);
    return marker;
  }

  /** Copies what lies before the second marker; gives the identities of what lies between the two. */
  async #copy(m0: string, m1: string): Promise<string[]> {
    const { names } = this.#parts;
    const { pattern, partitions } = this.#subscription;
    const matches = compilePattern(pattern);
    const queues = this.#queues();
    const seam: string[] = [];
    const pasts = new Set<string>();
    let copies: Outgoing[] = [];
    let sent = Promise.resolve();
    const send = (): void => {
      const batch = copies;
      copies = [];
      sent = sent.then(() => this.#send(batch, pasts));
      sent.catch(() => {}); // told when everything was read
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
      const partition = partitions === undefined ? 0 : Number(slot) % partitions;
      const work = queues.find((one) => one.level === level && one.partition === partition);
      if (!work) return 'next';
      copies.push(toQueue(work.past ?? work.queue, message.content, { ...notesOf(message), copied: true }));
      if (between) seam.push(identityOf(message.content));
      if (copies.length >= copiedAtOnce) send();
      return 'next';
    };
    // markers, also those of who died on the way, have served
    await readShelf(this.#link, names.history, reader, (message) => markerOf(message) !== undefined, this.#channel);
    send();
    await sent;
    await this.#publisher.publish(Array.from(pasts, endOfPast));
    return seam;
  }

  async #send(copies: readonly Outgoing[], pasts: Set<string>): Promise<void> {
    if (this.#subscription.partitions !== undefined) {
      for (const { key } of copies) {
        if (pasts.has(key)) continue;
        pasts.add(key);
        await this.#parts.topology.declarePast(key);
      }
    }
    await this.#publisher.publish(copies);
  }

  #queues(): ReturnType<Names['work']> {
    return this.#parts.names.work(this.#subscription, this.#subscription.partitions);
  }
}

const markerOf = (message: ConsumeMessage): unknown => message.properties.headers?.[markerHeader];
