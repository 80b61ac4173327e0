/** Publishes and hears one event, stops, and must then end by itself: argv[2] is a file, `memory`, or the address of a RabbitMQ. */

import { amqpTransport } from '../../src/adapters/amqp.ts';
import { sqliteTransport } from '../../src/adapters/sqlite.ts';
import { EventBus, type EventTransport, memoryTransport } from '../../src/index.ts';
import { events, placed } from '../shop.ts';

const place = String(process.argv[2]);
const transportTo = (): EventTransport => {
  if (place.startsWith('amqp:')) return amqpTransport({ url: place, name: 'short-life' });
  return place === 'memory' ? memoryTransport() : sqliteTransport({ path: place });
};
const bus = new EventBus({ events, transport: transportTo() });
await bus.start();
const { promise: heard, resolve } = Promise.withResolvers<string>();
bus.subscribe('order.placed', ({ data }) => resolve(data.orderId), 'billing');
bus.subscribe('**', () => {}, 'audit');
await bus.publish(placed('o-1'));
process.stdout.write(`heard ${await heard}\n`);
await bus.stop();
