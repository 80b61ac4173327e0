import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { CloudEvent } from '@tutti/core';
import { atFullSize, eventually, faultScale, tcpFaultProxy, withCode } from '@tutti/core/testing';
import { connect } from 'amqplib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { describeWith } from '../../../tools/services/needs.ts';
import { type RabbitServer, startRabbit } from '../../../tools/services/rabbitmq.ts';
import type { AmqpTransportOptions } from '../src/adapters/amqp.ts';
import { amqpTransport } from '../src/adapters/amqp.ts';
import { testEvent } from '../src/testing/event-transport-subject.ts';
import type { Delivery, EventTransport, Feed, SubscriptionRequest } from '../src/transport/event-transport.ts';
import type { RabbitTask } from './programs/rabbit-member.ts';
import { freshName, publishRaw, quietRuntime } from './rabbit-subject.ts';

const never = new AbortController().signal;
const idOf = ({ event }: Delivery): string => (event as CloudEvent).id;
const request = { group: 'g', pattern: '**', from: 'now', leaseMs: 2_000, ordered: false, inbox: undefined } as const;

describeWith('rabbitmq-server', 'the RabbitMQ transport under faults', () => {
  let rabbit: RabbitServer;
  const cleanUps: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    rabbit = await startRabbit();
  }, 90_000);
  afterAll(() => rabbit?.stop());
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  });

  async function member(options: Partial<AmqpTransportOptions> & { readonly name: string }): Promise<EventTransport> {
    const transport = amqpTransport({ url: rabbit.url, heartbeat: '1s', ...options });
    cleanUps.push(() => transport.close());
    await transport.connect(quietRuntime);
    return transport;
  }
  const open = (transport: EventTransport, fields: Partial<SubscriptionRequest> = {}): Promise<Feed> =>
    transport.open({ ...request, ...fields });

  /** Everything that comes until these are there; gives how often each came. */
  async function hearAll(feed: Feed, expected: ReadonlySet<string>): Promise<Map<string, number>> {
    const heard = new Map<string, number>();
    await eventually(
      'everything that was acknowledged is heard',
      async () => {
        const taken = await feed.receive(50, 500, never).catch(() => []);
        await feed.settle(taken.map(({ receipt }) => ({ kind: 'ack', receipt }))).catch(() => []);
        for (const delivery of taken) heard.set(idOf(delivery), (heard.get(idOf(delivery)) ?? 0) + 1);
        return [...expected].every((id) => heard.has(id));
      },
      30_000,
    );
    return heard;
  }

  it('loses nothing whose confirmation was cut off, and says that it may be stored', { timeout: 60_000 }, async () => {
    const name = freshName();
    const proxy = await tcpFaultProxy({ target: { port: rabbit.port } });
    cleanUps.push(() => proxy.close());
    const consumer = await member({ name });
    const feed = await open(consumer);
    const publisher = await member({ name, url: `amqp://guest:guest@127.0.0.1:${proxy.port}` });
    const acknowledged = new Set<string>();
    let cut = 0;
    for (let turn = 0; turn < faultScale(30); turn++) {
      await proxy.change({ cutAfterRequest: true });
      const event = testEvent(`e${turn}`);
      try {
        await publisher.append([event]);
      } catch (error) {
        cut++;
        expect(withCode('STORE_UNAVAILABLE')(error)).toBe(true);
      }
      await proxy.heal();
      await eventually('the same again is taken', () => publisher.append([event]).then(() => true), 20_000);
      acknowledged.add(`e${turn}`);
    }
    expect(cut).toBeGreaterThan(0);
    const heard = await hearAll(feed, acknowledged);
    expect(
      [...heard.values()].some((times) => times > 1),
      'some of what was cut off had been stored',
    ).toBe(true);
  });

  it.skipIf(!atFullSize())(
    'control: without confirmations events are lost on the same line (at full size only: npm run test:faults)',
    { timeout: 30_000 },
    async () => {
      const name = freshName();
      const consumer = await member({ name });
      const feed = await open(consumer);
      const proxy = await tcpFaultProxy({ target: { port: rabbit.port } });
      cleanUps.push(() => proxy.close());
      const connection = await connect(`amqp://guest:guest@127.0.0.1:${proxy.port}`);
      connection.on('error', () => {});
      const channel = await connection.createChannel();
      await proxy.change({ toTarget: { blackHole: true } });
      for (let index = 0; index < 10; index++) channel.publish(name, 'normal.0.law.tested', Buffer.from(testEvent(`e${index}`).json));
      await pause(200);
      proxy.end('cut');
      await proxy.heal();
      expect(await feed.receive(10, 1_000, never)).toEqual([]);
    },
  );

  it.skipIf(!atFullSize())(
    'loses nothing acknowledged when the broker is killed under load (at full size only: npm run test:faults)',
    { timeout: 120_000 },
    async () => {
      const name = freshName();
      const [publisher, consumer] = [await member({ name }), await member({ name })];
      const feed = await open(consumer);
      const acknowledged = new Set<string>();
      let stopped = false;
      const publishing = (async () => {
        for (let index = 0; !stopped; index++) {
          const batch = Array.from({ length: 20 }, (_, at) => testEvent(`e${index}.${at}`));
          const stored = await publisher.append(batch).then(
            () => true,
            () => pause(50).then(() => false),
          );
          if (stored) for (const { event } of batch) acknowledged.add(event.id);
        }
      })();
      await pause(500);
      await rabbit.kill();
      const before = acknowledged.size;
      await rabbit.restart();
      await eventually('the same objects publish again', () => acknowledged.size > before + 100, 30_000);
      stopped = true;
      await publishing;
      expect(before).toBeGreaterThan(0);
      await hearAll(feed, acknowledged);
    },
  );

  it('loses nothing of queues that are new when the broker is killed', { timeout: 120_000 }, async () => {
    const transport = await member({ name: freshName() });
    const feed = await open(transport);
    await transport.append([testEvent('a'), testEvent('b')]);
    const [first] = await feed.receive(1, 5_000, never);
    // its delay is the first of its length: the queue that it waits in is made now, and the broker may forget that it was
    expect(await feed.settle([{ kind: 'retry', receipt: String(first?.receipt), delayMs: 300 }])).toEqual([true]);
    await rabbit.kill();
    await rabbit.restart();
    await hearAll(feed, new Set(['a', 'b']));
  });

  it('builds a channel anew that the broker ended alone, and an acknowledgement of before changes nothing', {
    timeout: 60_000,
  }, async () => {
    await rabbit.control(
      'eval',
      'application:set_env(rabbit, consumer_timeout, 1500), application:set_env(rabbit, channel_tick_interval, 500).',
    );
    try {
      const transport = await member({ name: freshName() });
      const feed = await open(transport);
      await transport.append([testEvent('a')]);
      const [first] = await feed.receive(1, 5_000, never);
      const receipt = String(first?.receipt);
      await eventually(
        'the broker ends the channel',
        async () => (await feed.settle([{ kind: 'extend', receipt }]))[0] === false,
        20_000,
        200,
      );
      expect(await feed.settle([{ kind: 'ack', receipt }])).toEqual([false]);
      await transport.append([testEvent('b')]);
      const heard = await hearAll(feed, new Set(['a', 'b']));
      expect(heard.get('b')).toBe(1);
    } finally {
      await rabbit.control(
        'eval',
        'application:set_env(rabbit, consumer_timeout, 1800000), application:set_env(rabbit, channel_tick_interval, 60000).',
      );
    }
  });

  it('refuses a queue that is not durable, and names a classic one', { timeout: 30_000 }, async () => {
    const connection = await connect(rabbit.url);
    cleanUps.push(() => connection.close());
    const channel = await connection.createChannel();
    const [transient, classic] = [freshName(), freshName()];
    await channel.assertQueue(`${transient}/queue/g/**/high`, { durable: false });
    await channel.assertQueue(`${classic}/queue/g/**/high`, { durable: true });
    await expect(open(await member({ name: transient }))).rejects.toSatisfy(withCode('STORE_UNSUPPORTED'));
    const weak = await member({ name: classic });
    const feed = await open(weak);
    await weak.append([testEvent('a', { priority: 'high' })]);
    expect((await feed.receive(1, 5_000, never)).map(idOf)).toEqual(['a']);
    const next = amqpTransport({ url: rabbit.url, name: classic });
    cleanUps.push(() => next.close());
    const { warnings } = await next.connect(quietRuntime);
    expect(warnings.map(({ name }) => name)).toEqual(['rabbitmq-classic-queue']);
  });

  it('delivers bytes of strangers as text, which can be given up and keeps its bytes', { timeout: 30_000 }, async () => {
    const name = freshName();
    const transport = await member({ name });
    const feed = await open(transport);
    await publishRaw(rabbit.url, name, 'normal.0.law.tested', Buffer.from([0xff, 0xfe, 0x41]));
    const [delivery] = await feed.receive(1, 5_000, never);
    expect(delivery?.event).toBe('\ufffd\ufffdA');
    const receipt = String(delivery?.receipt);
    expect(await feed.settle([{ kind: 'dead', receipt, reason: 'schema', failure: { message: 'no' } }])).toEqual([true]);
    const [letter] = (await transport.deadLetters.list({ limit: 10 })).items;
    expect(letter?.event).toBe('\ufffd\ufffdA');
    expect(await transport.deadLetters.replay([String(letter?.id)])).toBe(1);
    expect((await feed.receive(1, 5_000, never)).map(({ event, replayedFrom }) => [event, replayedFrom])).toEqual([
      ['\ufffd\ufffdA', letter?.id],
    ]);
  });

  it('refuses quickly while the broker takes nothing, and goes on after', { timeout: 30_000 }, async () => {
    const transport = await member({ name: freshName() });
    const feed = await open(transport);
    await rabbit.control('set_vm_memory_high_watermark', 'absolute', '1MB');
    try {
      await eventually(
        'it says that it is full',
        () => transport.append([testEvent('x')]).then(() => false, withCode('MESSAGING_BACKPRESSURE')),
        20_000,
      );
      const beganAt = performance.now();
      await expect(transport.append([testEvent('y')])).rejects.toSatisfy(withCode('MESSAGING_BACKPRESSURE'));
      expect(performance.now() - beganAt, 'without waiting for a confirmation').toBeLessThan(1_000);
    } finally {
      await rabbit.control('set_vm_memory_high_watermark', '0.6');
    }
    await eventually('it takes events again', () => transport.append([testEvent('z')]).then(() => true), 20_000);
    await hearAll(feed, new Set(['z']));
  });

  it('rejects with backpressure when a queue is full', { timeout: 30_000 }, async () => {
    const transport = await member({ name: freshName(), maxBacklog: 5 });
    await open(transport);
    const fill = (): Promise<boolean> => transport.append([testEvent('e')]).then(() => false, withCode('MESSAGING_BACKPRESSURE'));
    await eventually('the broker refuses', fill);
    const [stats] = await transport.stats();
    // the broker tells publishers after the limit was passed: it is a soft one
    expect(stats?.waiting).toBeGreaterThanOrEqual(5);
  });

  describe('with members in processes of their own', { timeout: 90_000 }, () => {
    const program = fileURLToPath(new URL('./programs/rabbit-member.ts', import.meta.url));

    interface Member {
      readonly child: ChildProcess;
      readonly lines: string[];
    }

    async function startMember(task: Omit<RabbitTask, 'url'>, journal: string[] = []): Promise<Member> {
      const argument = JSON.stringify({ url: rabbit.url, ...task });
      const child = spawn(process.execPath, ['--conditions=@tutti/source', program, argument], { stdio: ['ignore', 'pipe', 'inherit'] });
      const lines: string[] = [];
      createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
        lines.push(line);
        journal.push(line);
      });
      const ended = once(child, 'exit');
      cleanUps.push(async () => {
        child.kill('SIGCONT');
        child.kill('SIGKILL');
        await ended;
      });
      await eventually('the member is ready', () => lines.includes('ready'), 30_000);
      return { child, lines };
    }

    it('takes over from a member that was stopped, whose acknowledgement is refused when it goes on', async () => {
      const name = freshName();
      const stopped = await startMember({ name, ordered: false, leaseMs: 2_000, workMs: 1_000, heartbeat: '1s' });
      const transport = await member({ name });
      await transport.append([testEvent('a')]);
      await eventually('it is at work', () => stopped.lines.includes('taken a 1 false'));
      stopped.child.kill('SIGSTOP');
      const feed = await open(transport);
      const [taken] = await eventually(
        'another gets it',
        async () => {
          const got = await feed.receive(1, 1_000, never);
          return got.length > 0 && got;
        },
        30_000,
      );
      expect([taken?.attempt, taken?.takenOver]).toEqual([2, true]);
      stopped.child.kill('SIGCONT');
      await eventually('it settles', () => stopped.lines.includes('settled a false'), 15_000);
      expect(await feed.settle([{ kind: 'ack', receipt: String(taken?.receipt) }])).toEqual([true]);
    });

    it.skipIf(!atFullSize())('keeps the order of keys while members die (at full size only: npm run test:faults)', async () => {
      const name = freshName();
      const journal: string[] = [];
      const task = { name, ordered: true, leaseMs: 1_000, workMs: 10, heartbeat: '1s' } as const;
      const crew = [await startMember(task, journal), await startMember(task, journal)];
      const transport = await member({ name });
      const perKey = 25;
      for (let round = 0; round < perKey; round++)
        await transport.append(Array.from({ length: 4 }, (_, key) => testEvent(`${key}:${round}`, { subject: `key-${key}` })));
      const done = (): Set<string> =>
        new Set(journal.filter((line) => line.endsWith(' true') && line.startsWith('settled')).map((line) => String(line.split(' ')[1])));
      await eventually('some are done', () => done().size > 20, 30_000);
      const busy = crew.find(({ lines }) => lines.some((line) => line.startsWith('taken'))) as Member;
      busy.child.kill('SIGKILL');
      await startMember(task, journal);
      await eventually('all are done', () => done().size === 4 * perKey, 40_000);
      const begun = new Map<string, number>();
      for (const line of journal.filter((one) => one.startsWith('taken'))) {
        const [key = '', round = ''] = String(line.split(' ')[1]).split(':');
        const last = begun.get(key) ?? -1;
        // one that was in hand when its member died begins again; nothing begins before the one ahead of it has
        expect(Number(round), `${line} after ${key}:${last}`).toBeLessThanOrEqual(last + 1);
        begun.set(key, Math.max(last, Number(round)));
      }
    });

    it('ends by itself when its bus has stopped', async () => {
      const shortLife = fileURLToPath(new URL('./programs/short-life.ts', import.meta.url));
      const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=@tutti/source', shortLife, rabbit.url], {
        timeout: 30_000,
      });
      expect(stdout).toBe('heard o-1\n');
    });
  });
});
