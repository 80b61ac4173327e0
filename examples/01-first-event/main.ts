import { defineEvents, event } from '@tutti/core';
import { EventBus, memoryTransport } from '@tutti/messaging';
import { z } from 'zod';

const events = defineEvents({
  'document.analysis.completed': event(z.object({ documentId: z.string(), hasArbitration: z.boolean() })),
});

const bus = new EventBus({ events, transport: memoryTransport() });
await bus.start();

const heard = new Promise<void>((resolve) => {
  bus.subscribe(
    'document.analysis.*',
    async ({ data }) => {
      console.log(`${data.documentId} ${data.hasArbitration ? 'binds' : 'does not bind'} to arbitration`);
      resolve();
    },
    'notifier',
  );
});

await bus.publish({
  type: 'document.analysis.completed',
  source: 'analysis-service',
  data: { documentId: 'doc123', hasArbitration: true },
});
await heard;
await bus.stop();
