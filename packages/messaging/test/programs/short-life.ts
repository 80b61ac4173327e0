/** Publishes and hears one event, stops, and must then end by itself: argv[2] is a file, `memory`, or the URL of a Redis or a RabbitMQ. */

import { amqpTransport } from '../../src/adapters/amqp.ts';
import { redisTransport } from '../../src/adapters/redis.ts';
import { sqliteTransport } from '../../src/adapters/sqlite.ts';
import { EventBus, type EventTransport, memoryTransport } from '../../src/index.ts';
import { events, placed } from '../shop.ts';

const place = String(process.argv[2]);
const transportAt = (): EventTransport => {
  if (place === 'memory') return memoryTransport();
  if (place.startsWith('amqp:')) return amqpTransport({ url: place, name: 'short-life' });
  return place.startsWith('redis:') ? redisTransport({ url: place }) : sqliteTransport({ path: place });
};
const bus = new EventBus({ events, transport: transportAt() });
await bus.start();
const { promise: heard, resolve } = Promise.withResolvers<string>();
bus.subscribe('order.placed', ({ data }) => resolve(data.orderId), 'billing');
bus.subscribe('**', () => {}, 'audit');
await bus.publish(placed('o-1'));
process.stdout.write(`heard ${await heard}\n`);
await bus.stop();
