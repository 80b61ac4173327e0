import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { redisConnection } from '@tutti/core/redis';
import { eventually, tcpFaultProxy } from '@tutti/core/testing';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../../../tools/services/needs.ts';
import { type RedisServer, startRedis } from '../../../tools/services/redis.ts';
import { type RedisTransportOptions, redisTransport } from '../src/adapters/redis.ts';
import type { EventTransport } from '../src/index.ts';
import { idsOf, never, testEvent } from '../src/testing/event-transport-subject.ts';
import { fresh, hear, openOn, quiet } from './redis-bus.ts';

const members: EventTransport[] = [];
afterEach(async () => {
  for (const member of members.splice(0)) await member.close();
});

async function member(options: RedisTransportOptions, runtime = quiet): Promise<EventTransport> {
  const transport = redisTransport({ commandTimeout: '300ms', ...options });
  members.push(transport);
  await transport.connect(runtime);
  return transport;
}

describeWith('redis-server', 'the redis transport', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis(['--appendonly', 'yes', '--appendfsync', 'always']);
  });
  afterAll(() => server.stop());

  it('leaves a connection that is mute, and hears on another', async () => {
    await using proxy = await tcpFaultProxy({ target: { port: server.port } });
    const name = randomUUID();
    const publisher = await member({ url: server.url, name });
    const connection = redisConnection({
      url: `redis://127.0.0.1:${proxy.port}`,
      commandTimeout: '300ms',
      watchdog: '200ms',
      runtime: quiet,
    });
    await connection.start();
    const feed = await openOn(await member({ connection, name }), { leaseMs: 3_000 });
    const waiting = feed.receive(1, 10_000, never).catch((error: unknown) => error);
    await pause(100);
    const before = proxy.accepted;
    await proxy.change({ toClient: { blackHole: true } });
    await publisher.append([fresh('while mute')]);
    expect(await waiting).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await proxy.heal(); // what was swallowed is lost: on the old connections no answer fits its question
    await publisher.append([fresh('after')]);
    expect([...(await hear(feed, (heard) => heard.size === 2))].sort()).toEqual(['after', 'while mute']);
    expect(proxy.accepted).toBeGreaterThanOrEqual(before + 2);
    await feed.close();
    await connection.stop();
  });

  it('refuses soon while the server hangs, and knows what was stored all the same', async () => {
    const transport = await member({ url: server.url, name: randomUUID() });
    const feed = await openOn(transport);
    await transport.append([fresh('before')]);
    server.signal('SIGSTOP');
    const doubtful = [fresh('doubtful'), fresh('doubtful too')];
    await expect(transport.append(doubtful)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    server.signal('SIGCONT');
    const again = doubtful.map((event) => ({ ...event, fresh: false }));
    const told = await eventually('it takes events again', () => transport.append(again).catch(() => undefined), 10_000);
    expect(told).toEqual([true, true]); // the server did it when it woke up
    const heard = await hear(feed, (ids) => ids.size === 3);
    expect([...heard].sort()).toEqual(['before', 'doubtful', 'doubtful too']);
    expect(await feed.receive(10, 500, never)).toEqual([]);
  });

  it('loses nothing that was acknowledged when the server is killed and started again', async () => {
    const transport = await member({ url: server.url, name: randomUUID() });
    const feed = await openOn(transport);
    const acknowledged = new Set<string>();
    let publishing = true;
    const publish = async (from: number): Promise<void> => {
      for (let index = from; publishing; index += 2) {
        const batch = Array.from({ length: 5 }, (_, at) => testEvent(`${index}.${at}`));
        await transport.append(batch).then(
          () => {
            for (const { event } of batch) acknowledged.add(event.id);
          },
          () => pause(20),
        );
      }
    };
    const publishers = [publish(0), publish(1)];
    const hearing = hear(feed, (heard) => !publishing && [...acknowledged].every((id) => heard.has(id)), 30_000);
    for (let round = 0; round < 3; round++) {
      const before = acknowledged.size;
      await eventually('events are acknowledged', () => acknowledged.size > before + 20, 10_000);
      await server.kill();
      await server.restart();
    }
    publishing = false;
    await Promise.all(publishers);
    const heard = await hearing;
    expect([...acknowledged].filter((id) => !heard.has(id))).toEqual([]);
    expect(acknowledged.size).toBeGreaterThan(60);
  });

  it('refuses more than may wait, until some of it was handled', async () => {
    const transport = await member({ url: server.url, name: randomUUID(), maxBacklog: 100 });
    const feed = await openOn(transport);
    for (let batch = 0; batch < 10; batch++) await transport.append(Array.from({ length: 10 }, (_, at) => fresh(`${batch}.${at}`)));
    await expect(transport.append([fresh('too many')])).rejects.toMatchObject({ code: 'MESSAGING_BACKPRESSURE' });
    await hear(feed, (heard) => heard.size === 100);
    expect(await transport.append([fresh('enough room')])).toEqual([false]);
  });

  it('passes over what does not match, also while it waits', async () => {
    const name = randomUUID();
    const transport = await member({ url: server.url, name, keyPrefix: 'match:' });
    const feed = await openOn(transport, { pattern: 'a.*' });
    for (let round = 0; round < 3; round++) {
      const waiting = feed.receive(10, 5_000, never);
      await pause(50);
      await transport.append([testEvent(`b${round}`, { type: 'b.x' }), testEvent(`a${round}`, { type: 'a.x' })]);
      const taken = await waiting;
      expect(idsOf(taken)).toEqual([`a${round}`]);
      await feed.settle(taken.map(({ receipt }) => ({ kind: 'ack', receipt })));
    }
    const [stats] = await transport.stats();
    expect(stats).toMatchObject({ waiting: 0, running: 0 });
  });
});

describeWith('redis-server', 'a Redis that keeps nothing', () => {
  it('keeps what a group still holds, and of all else what it was told to keep', { timeout: 60_000 }, async () => {
    const server = await startRedis();
    const name = randomUUID();
    const transport = await member({ url: server.url, name, keyPrefix: 'trim:', retention: { maxEvents: 1_000 }, commandTimeout: '2s' });
    const holder = await openOn(transport, { group: 'holder', leaseMs: 60_000 });
    const feed = await openOn(transport, { leaseMs: 60_000 });
    const admin = new Redis(server.url);
    const length = (): Promise<number> => admin.xlen(`trim:bus:{${name}}:1`);
    const through = async (events: number): Promise<void> => {
      for (let sent = 0; sent < events; sent += 500) {
        await transport.append(Array.from({ length: 500 }, (_, at) => fresh(`${events}.${sent + at}`)));
        await hear(feed, (heard) => heard.size >= 500);
      }
    };
    await transport.append([fresh('held')]);
    const [held] = await holder.receive(1, 1_000, never);
    await through(5_000);
    expect(await length()).toBe(5_001); // one group waits for all of it
    expect(await holder.settle([{ kind: 'ack', receipt: String(held?.receipt) }])).toEqual([true]);
    await hear(holder, (heard) => heard.size >= 5_000);
    await transport.forget('holder', '**');
    let most = 0;
    for (let round = 0; round < 10; round++) {
      await through(5_000);
      most = Math.max(most, await length());
    }
    admin.disconnect();
    await transport.close();
    await server.stop();
    expect(most).toBeLessThanOrEqual(2_000);
    expect(most).toBeGreaterThanOrEqual(1_000);
  });

  it('is told of its subscriptions again when it has lost them, with a word in the log', async () => {
    const server = await startRedis();
    const lines: string[] = [];
    const runtime = { ...quiet, logger: { log: (_level: string, message: string) => void lines.push(message) } };
    const transport = await member({ url: server.url }, runtime as typeof quiet);
    const [feed, ordered] = [await openOn(transport), await openOn(transport, { group: 'ordered', ordered: true })];
    await transport.append([fresh('before')]);
    await hear(feed, (heard) => heard.size === 1);
    await server.kill();
    await server.restart();
    await eventually('it takes events again', () => transport.append([fresh('after')]).catch(() => undefined), 10_000);
    expect([...(await hear(feed, (heard) => heard.has('after')))]).toContain('after');
    expect([...(await hear(ordered, (heard) => heard.has('after')))]).toContain('after');
    expect(lines.filter((line) => line.includes('lost the subscription')).length).toBe(2);
    await transport.close();
    await server.stop();
  });
});

it.each([
  ['no place', {}, 'redisTransport'],
  ['two places', { url: 'redis://a', nodes: ['redis://b'] }, 'redisTransport'],
  ['a bad retention', { url: 'redis://a', retention: { maxEvents: 1.5 } }, 'redisTransport.retention.maxEvents'],
  ['a backlog of nothing', { url: 'redis://a', maxBacklog: 0 }, 'redisTransport.maxBacklog'],
  ['an unknown option', { url: 'redis://a', partitions: 8 }, 'redisTransport.partitions'],
])('the redis transport refuses %s', (_what, options, path) => {
  expect(() => redisTransport(options as RedisTransportOptions)).toThrowError(
    expect.objectContaining({ code: 'INVALID_OPTIONS', details: expect.objectContaining({ path }) }),
  );
});
