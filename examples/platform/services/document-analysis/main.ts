import { documentErrors } from '@tutti/arbitration';
import { component } from '@tutti/core';
import { sqliteDatabase } from '@tutti/core/sqlite';
import { managedService } from '@tutti/deploy/service';
import { EventBus } from '@tutti/messaging';
import { events } from '../../contract/events.ts';
import { maxDocumentBytes } from '../../contract/limits.ts';
import { eventTransport } from '../../host/event-store.ts';
import { httpService, statusesOf } from '../http-service.ts';
import { serviceSettings } from '../service-settings.ts';
import { DocumentStore } from './document-store.ts';
import { documentRoutes } from './routes.ts';

const { data, events: eventStore, name } = serviceSettings();
const documents = sqliteDatabase({ path: data.documentsFile });
const work = sqliteDatabase({ path: data.workFile });
const bus = new EventBus({ events, transport: await eventTransport(eventStore, data, work) });
const store = new DocumentStore(documents);
const tables = component('tables', { open: () => store.open() });

bus.subscribe(
  'document.analysis.*',
  async (event, call) => {
    const key = { tenant: call.tenant ?? '', documentId: event.data.documentId };
    if (event.type === 'document.analysis.completed') await store.settle(key, 'analysed');
    else await store.settle(key, 'failed', { code: event.data.code, reason: event.data.reason });
  },
  'document-analysis',
);

const listener = httpService(documentRoutes(store, bus), { maxBodyBytes: maxDocumentBytes, statuses: statusesOf(documentErrors, 422) });
await managedService({ name, listener, parts: [documents, tables, work, bus] });
