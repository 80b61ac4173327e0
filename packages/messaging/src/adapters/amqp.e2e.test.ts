import { memoryKeyValue } from '@tutti/core';
import { checkLaws } from '@tutti/core/testing';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { describeWith } from '../../../../tools/services/needs.ts';
import { type RabbitServer, startRabbit } from '../../../../tools/services/rabbitmq.ts';
import { rabbitSubject } from '../../test/rabbit-subject.ts';
import { eventTransportLaws } from '../testing/event-transport-laws.ts';
import { amqpTransport } from './amqp.ts';

describeWith('rabbitmq-server', 'the RabbitMQ transport', () => {
  let rabbit: RabbitServer;
  beforeAll(async () => {
    rabbit = await startRabbit();
  }, 90_000);
  afterAll(() => rabbit?.stop());

  const { capabilities } = amqpTransport({ url: 'amqp://127.0.0.1', deduplication: memoryKeyValue() });
  /** A broker takes seconds to start, and delays run on meanwhile: its leases are longer. */
  const restarts = (id: string): boolean => id === 'EV-20';

  describe('keeps the laws', { timeout: 60_000 }, () => {
    const laws = eventTransportLaws.filter(({ id }) => !restarts(id));
    // Each has a name and a line of its own at the broker, and mostly waits for leases: five at once.
    // EV-12 too: order is kept as long as no member gives back what it took of a lower priority
    checkLaws(it.concurrent, laws, () => rabbitSubject(rabbit, { leaseMs: 1_500 }), { ...capabilities, ordered: true });
  });

  describe('keeps the law of restarts', { timeout: 120_000 }, () => {
    const laws = eventTransportLaws.filter(({ id }) => restarts(id));
    checkLaws(it, laws, () => rabbitSubject(rabbit, { leaseMs: 20_000 }), capabilities);
  });
});
