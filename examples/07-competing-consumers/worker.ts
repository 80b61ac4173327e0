// One member of the group `readers`: what it acknowledges is handled, what it had in hand when it died goes to another.
import { setTimeout as pause } from 'node:timers/promises';
import { EventBus } from '@tutti/messaging';
import { sqliteTransport } from '@tutti/messaging/sqlite';
import { events } from './events.ts';

const [path = '', worker = '0'] = process.argv.slice(2);
const bus = new EventBus({ events, transport: sqliteTransport({ path }) });

bus.subscribe(
  'contract.uploaded',
  async ({ id, data: { contractId } }, call) => {
    process.send?.(contractId);
    await pause(20);
    // the same id again stores nothing: a contract that is read twice is told once
    await bus.publish(
      { type: 'contract.read', source: 'reader', id: `read-${contractId}`, causationId: id, data: { contractId, worker: Number(worker) } },
      call,
    );
  },
  'readers',
  { from: 'beginning', concurrency: 2, lease: '1s' },
);
await bus.start();
process.once('SIGTERM', () => void bus.stop().then(() => process.exit(0)));
process.once('disconnect', () => process.exit(0));
