/** Hears orders on a file, or at the URL of a server, and dies of one of them: argv[2] is where, argv[3] the name of the bus, argv[4] the ledger. */
import { appendFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { defaultRuntime, silentLogger } from '@tutti/core';
import { EventBus } from '../../src/index.ts';
import { transportAt } from '../places.ts';
import { events } from '../shop.ts';

const [at, name, ledger] = process.argv.slice(2) as [string, string, string];
const bus = new EventBus({ events, transport: transportAt(at, name), runtime: { ...defaultRuntime, logger: silentLogger } });
await bus.start();
const handle = async ({ data }: { data: { orderId: string } }): Promise<void> => {
  await pause(20);
  if (data.orderId !== 'poison') return appendFileSync(ledger, `done ${data.orderId}\n`);
  appendFileSync(ledger, 'died\n');
  process.kill(process.pid, 'SIGKILL');
  await pause(60_000);
};
bus.subscribe('order.placed', handle, 'billing', { from: 'beginning', maxAttempts: 3, lease: '500ms', concurrency: 8 });
