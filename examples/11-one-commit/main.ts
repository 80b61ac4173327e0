// An event starts a saga; the saga books into a table and says so. On one SQLite file everything is one commit: nothing can be done twice or by halves.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineEvents, event } from '@tutti/core';
import { sqliteDatabase } from '@tutti/core/sqlite';
import { EventBus } from '@tutti/messaging';
import { sqliteTransport } from '@tutti/messaging/sqlite';
import { defineSaga, SagaOrchestrator, terminal } from '@tutti/saga';
import { sqliteStore } from '@tutti/saga/sqlite';
import { z } from 'zod';

const events = defineEvents({
  'invoice.issued': event(z.object({ invoice: z.string(), amount: z.number() }), { key: (data) => data.invoice }),
  'invoice.booked': event(z.object({ invoice: z.string() }), { key: (data) => data.invoice }),
  'invoice.withdrawn': event(z.object({ invoice: z.string() }), { key: (data) => data.invoice }),
});

const booking = defineSaga(events, 'booking', { input: z.object({ invoice: z.string(), amount: z.number() }) })
  .startOn('invoice.issued', ({ data }) => data)
  .tx('book', {
    run: ({ input, tx, publish }) => {
      tx.write('INSERT INTO bookings VALUES (?, ?)', [input.invoice, input.amount]);
      publish({ type: 'invoice.booked', source: 'ledger', data: { invoice: input.invoice } });
    },
    // an event that was said stays said: the way back says another
    compensate: ({ input, tx, publish }) => {
      tx.write('DELETE FROM bookings WHERE invoice = ?', [input.invoice]);
      publish({ type: 'invoice.withdrawn', source: 'ledger', data: { invoice: input.invoice } });
    },
  })
  .step('check', {
    intent: false, // only looks
    run: ({ input }) => {
      if (input.amount < 0) throw terminal('an invoice below zero');
    },
  });

const folder = mkdtempSync(join(tmpdir(), 'tutti-one-commit-'));
const database = sqliteDatabase({ path: join(folder, 'work.db') });
await database.start();
await database.migrate('ledger', ['CREATE TABLE bookings (invoice TEXT NOT NULL, amount REAL NOT NULL)']);
const bus = new EventBus({ events, transport: sqliteTransport({ database }) });
const sagas = new SagaOrchestrator({ store: sqliteStore({ database }), sagas: [booking], bus, sharedDatabase: true });
const heard: string[] = [];
bus.subscribe('invoice.*', ({ type, data }) => void heard.push(`${data.invoice} ${type.slice(8)}`), 'mailer');
await bus.start();
await sagas.start();

const issued = { type: 'invoice.issued', source: 'shop', id: 'i-1', data: { invoice: 'i-1', amount: 12 } } as const;
await bus.publish(issued);
await bus.publish(issued); // the same event: it is there already
await bus.publish({ type: 'invoice.issued', source: 'shop', data: { invoice: 'i-2', amount: -5 } });

const over = async (): Promise<boolean> =>
  (await sagas.stats()).counts.every(({ status }) => status === 'completed' || status === 'compensated');
while (heard.length < 5 || !(await over())) await new Promise((resolve) => setTimeout(resolve, 10));
for (const { saga, status, count } of (await sagas.stats()).counts) console.log(`${saga}: ${count} ${status}`);
console.log(
  'booked:',
  (await database.read('SELECT invoice, amount FROM bookings')).map((row) => `${row['invoice']} ${row['amount']}`).join(', '),
);
console.log('heard:', heard.toSorted().join(', '));

await sagas.stop();
await bus.stop();
await database.stop();
rmSync(folder, { recursive: true });
