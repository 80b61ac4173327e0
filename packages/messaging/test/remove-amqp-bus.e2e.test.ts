import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../../../tools/services/needs.ts';
import { type RabbitServer, startRabbit } from '../../../tools/services/rabbitmq.ts';
import { amqpTransport, removeAmqpBus } from '../src/adapters/amqp.ts';
import { never, testEvents } from '../src/testing/event-transport-subject.ts';
import { quietRuntime } from './rabbit-subject.ts';
import { openOn } from './redis-bus.ts';

describeWith('rabbitmq-server', 'removing a bus from RabbitMQ', () => {
  let rabbit: RabbitServer;
  beforeAll(async () => {
    rabbit = await startRabbit();
  }, 90_000);
  afterAll(() => rabbit?.stop());

  const names = async (): Promise<string[]> => {
    const listed = await Promise.all(['list_queues', 'list_exchanges'].map((list) => rabbit.control('-q', list, 'name')));
    return listed.flatMap((lines) => lines.split('\n')).toSorted();
  };

  it('leaves nothing of it, whatever waits, was given up or is delayed, and nothing of another is touched', {
    timeout: 60_000,
  }, async () => {
    const other = amqpTransport({ url: rabbit.url, name: 'other' });
    await other.connect(quietRuntime);
    await (await openOn(other)).close();
    await other.append(testEvents(3));
    await other.close();
    const before = await names();

    const bus = amqpTransport({ url: rabbit.url, name: 'gone' });
    await bus.connect(quietRuntime);
    const feed = await openOn(bus, { leaseMs: 30_000 });
    await (await openOn(bus, { group: 'ordered', ordered: true })).close();
    await bus.append(testEvents(10));
    const [first, second] = await feed.receive(2, 5_000, never);
    await feed.settle([
      { kind: 'dead', receipt: String(first?.receipt), reason: 'final', failure: { message: 'no' } },
      { kind: 'retry', receipt: String(second?.receipt), delayMs: 60_000 },
    ]);
    await feed.close();
    await bus.close();
    expect((await names()).length).toBeGreaterThan(before.length + 10);

    await removeAmqpBus({ url: rabbit.url, name: 'gone' });
    expect(await names()).toEqual(before);
  });

  it('says so where there is no broker', async () => {
    await expect(removeAmqpBus({ url: 'amqp://127.0.0.1:1', name: 'gone' })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });
});
