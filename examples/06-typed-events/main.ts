// A catalogue with versions, keys and priorities; patterns and filters that are checked by the compiler.
import { defineEvents, event } from '@tutti/core';
import { EventBus, memoryTransport } from '@tutti/messaging';
import { z } from 'zod';

const events = defineEvents({
  'contract.uploaded': event(z.object({ contractId: z.string(), pages: z.number() }), { key: (data) => data.contractId }),
  'contract.read': event(z.object({ contractId: z.string(), binding: z.boolean(), forum: z.string() }), {
    key: (data) => data.contractId,
    version: 2,
    upcast: { 1: (data: { contractId: string; binding: boolean }) => ({ ...data, forum: 'unknown' }) },
  }),
  'reader.joined': event(z.object({ readerId: z.string() }), { priority: 'low' }),
});

await using bus = new EventBus({ events, transport: memoryTransport() });
await bus.start();

const heard: string[] = [];
const done = Promise.withResolvers<void>();

// `event` is the union of both contract events, told apart by its type
bus.subscribe(
  'contract.*',
  (event, call) => {
    heard.push(event.type === 'contract.read' ? `read ${event.data.contractId}: ${event.data.forum}` : `got ${event.data.pages} pages`);
    if (event.type === 'contract.read') done.resolve();
    return call.throwIfOver('hearing');
  },
  'archive',
  { ordered: true },
);
// only what binds the reader
bus.subscribe('contract.read', ({ data }) => void heard.push(`bound by ${data.contractId}`), 'warner', {
  filter: { 'data.binding': true },
});

await bus.publish({ type: 'contract.uploaded', source: 'upload', data: { contractId: 'c-1', pages: 12 } });
await bus.publish({ type: 'contract.read', source: 'reader', data: { contractId: 'c-1', binding: true, forum: 'JAMS' } });
// @ts-expect-error pages are a number, and `publish` says so before the program runs
await bus.publish({ type: 'contract.uploaded', source: 'upload', data: { contractId: 'c-2', pages: 'many' } }).catch((error: Error) => {
  heard.push(error.message);
});
await done.promise;
for (const line of heard.toSorted()) console.log(line);
