import { setTimeout as pause } from 'node:timers/promises';
import { eventually, faultScale, type TcpFaultProxy, tcpFaultProxy } from '@tutti/core/testing';
import { connect } from 'amqplib';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../../../tools/services/needs.ts';
import { type RabbitServer, startRabbit } from '../../../tools/services/rabbitmq.ts';
import { Names } from '../src/adapters/amqp/names.ts';
import { amqpTransport } from '../src/adapters/amqp.ts';
import { idOf, never, testEvent } from '../src/testing/event-transport-subject.ts';
import type { EventTransport, Feed } from '../src/transport/event-transport.ts';
import { freshName, quietRuntime } from './rabbit-subject.ts';

const request = { group: 'g', pattern: '**', from: 'beginning', leaseMs: 1_000, ordered: true, inbox: undefined } as const;
const keys = 4;
const partitions = 2;

describeWith('rabbitmq-server', 'the past of an ordered subscription on RabbitMQ', () => {
  let rabbit: RabbitServer;
  const cleanUps: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    rabbit = await startRabbit();
  }, 90_000);
  afterAll(() => rabbit?.stop());
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  });

  async function member(name: string, line?: TcpFaultProxy): Promise<EventTransport> {
    const url = line ? `amqp://guest:guest@127.0.0.1:${line.port}` : rabbit.url;
    const transport = amqpTransport({ url, name, partitions, heartbeat: '1s' });
    cleanUps.push(() => transport.close());
    await transport.connect(quietRuntime);
    return transport;
  }

  async function line(): Promise<TcpFaultProxy> {
    const proxy = await tcpFaultProxy({ target: { port: rabbit.port } });
    cleanUps.push(() => proxy.close());
    return proxy;
  }

  /** Events of each key, numbered, from `stored` on. */
  class Publishing {
    readonly #transport: EventTransport;
    stored = 0;
    constructor(transport: EventTransport) {
      this.#transport = transport;
    }
    async rounds(count: number): Promise<void> {
      for (const end = this.stored + count; this.stored < end; this.stored++)
        await this.#transport.append(
          Array.from({ length: keys }, (_, key) => testEvent(`${key}:${this.stored}`, { subject: `key-${key}` })),
        );
    }
    async until(done: () => boolean): Promise<void> {
      while (!done()) {
        await this.rounds(1);
        await pause(5);
      }
    }
    get expected(): readonly (readonly string[])[] {
      return Array.from({ length: keys }, (_, key) => Array.from({ length: this.stored }, (__, round) => `${key}:${round}`));
    }
  }

  /** Takes and acknowledges, until it was so much in all; by key, in the order in which it came. */
  async function hear(feed: Feed, heard: string[][], total: number): Promise<void> {
    await eventually(
      `${total} are heard`,
      async () => {
        const taken = await feed.receive(Math.min(20, total - distinct(heard)), 500, never);
        const accepted = await feed.settle(taken.map(({ receipt }) => ({ kind: 'ack', receipt })));
        for (const [index, delivery] of taken.entries())
          if (accepted[index]) heard[Number(idOf(delivery).split(':')[0])]?.push(idOf(delivery));
        return distinct(heard) >= total;
      },
      40_000,
      1,
    );
  }
  const distinct = (heard: readonly (readonly string[])[]): number => new Set(heard.flat()).size;
  const nothing = (): string[][] => Array.from({ length: keys }, () => []);
  const pastsOf = (name: string): string[] => new Names(name).work(request, partitions).flatMap(({ past = [] }) => past);

  async function existing(queues: readonly string[]): Promise<string[]> {
    const connection = await connect(rabbit.url);
    const there: string[] = [];
    for (const queue of queues) {
      const channel = await connection.createChannel();
      channel.on('error', () => {}); // it is not there
      await channel.checkQueue(queue).then(
        () => there.push(queue),
        () => undefined,
      );
    }
    await connection.close();
    return there;
  }

  it('comes once and in order when members die while they copy it, and leaves nothing at the broker', { timeout: 90_000 }, async () => {
    const name = freshName();
    const publishing = new Publishing(await member(name));
    await publishing.rounds(200);
    let over = false;
    const meanwhile = publishing.until(() => over);
    let died = 0;
    // in every phase, from before the lock until after the copies
    for (const afterMs of [5, 20, 50, 90, 140, 250, 500]) {
      const proxy = await line();
      const dying = await member(name, proxy);
      const opening = dying.open(request).then(
        () => false,
        () => true,
      );
      await pause(afterMs);
      await proxy.change({ connect: 'refuse' });
      proxy.end('cut');
      if (await opening) died++;
      await dying.close();
    }
    expect(died, 'members that died on the way').toBeGreaterThan(1);
    const feed = await (await member(name)).open(request);
    over = true;
    await meanwhile;
    const heard = nothing();
    await hear(feed, heard, keys * publishing.stored);
    expect(heard).toEqual(publishing.expected);
    expect(await feed.receive(1, 300, never)).toEqual([]);
    await eventually('the pasts are gone', async () => (await existing(pastsOf(name))).length === 0);
  });

  it('comes whole, however much there is of it', { timeout: 300_000 }, async () => {
    const name = freshName();
    const publisher = await member(name);
    const count = faultScale(70_000, 0.05); // more than the broker sends to one consumer that acknowledges nothing: 2,000 where no number is said, and 65,535 at most
    for (let at = 0; at < count; at += 500) await publisher.append(Array.from({ length: 500 }, (_, index) => testEvent(`e${at + index}`)));
    const feed = await publisher.open({ ...request, ordered: false });
    const ids: string[] = [];
    await eventually(
      'all are heard',
      async () => {
        const taken = await feed.receive(500, 500, never);
        await feed.settle(taken.map(({ receipt }) => ({ kind: 'ack', receipt })));
        ids.push(...taken.map(idOf));
        return ids.length >= count;
      },
      120_000,
      1,
    );
    expect(new Set(ids).size).toBe(count);
    // and the history has it still
    const other = await publisher.open({ ...request, group: 'other', ordered: false });
    expect((await publisher.stats()).find(({ group }) => group === 'other')?.waiting).toBe(count);
    await other.close();
  });

  it('is taken over in order, and counted in the statistics', { timeout: 90_000 }, async () => {
    const name = freshName();
    const publisher = await member(name);
    const publishing = new Publishing(publisher);
    await publishing.rounds(100);
    const proxy = await line();
    const first = await (await member(name, proxy)).open(request);
    const second = await (await member(name)).open(request);
    expect((await publisher.stats())[0]?.waiting).toBe(keys * publishing.stored);
    expect((await existing(pastsOf(name))).length).toBe(partitions);
    await publishing.rounds(100);
    expect((await publisher.stats())[0]?.waiting).toBe(keys * publishing.stored);
    const heard = nothing();
    await hear(first, heard, 150);
    await proxy.change({ connect: 'refuse' });
    proxy.end('cut');
    await hear(second, heard, keys * publishing.stored);
    // an acknowledgement that was on its way is lost, and its event comes again
    const once = heard.map((ids) => [...new Set(ids)]);
    expect(once).toEqual(publishing.expected);
    await eventually('the pasts are gone', async () => (await existing(pastsOf(name))).length === 0);
  });

  it('is over where a broker brings its queue back without the mark', { timeout: 90_000 }, async () => {
    const name = freshName();
    const publishing = new Publishing(await member(name));
    await publishing.rounds(3);
    const heard = nothing();
    const feed = await (await member(name)).open(request);
    await hear(feed, heard, keys * publishing.stored);
    await eventually('the pasts are gone', async () => (await existing(pastsOf(name))).length === 0);
    await feed.close();
    const connection = await connect(rabbit.url);
    const channel = await connection.createChannel();
    const likeIt = { durable: true, arguments: { 'x-queue-type': 'quorum', 'x-single-active-consumer': true } };
    for (const past of pastsOf(name)) await channel.assertQueue(past, likeIt);
    await connection.close();
    await publishing.rounds(3);
    const later = await (await member(name)).open(request);
    await hear(later, heard, keys * publishing.stored);
    expect(heard).toEqual(publishing.expected);
    await eventually('the pasts are gone', async () => (await existing(pastsOf(name))).length === 0);
  });
});
