// A handler with a mistake gives events up; after the fix exactly those are handled that should be.
import { setTimeout as pause } from 'node:timers/promises';
import { Call, defineEvents, event, everyTenant, TerminalError } from '@tutti/core';
import { EventBus, memoryTransport } from '@tutti/messaging';
import { z } from 'zod';

const events = defineEvents({
  'invoice.issued': event(z.object({ invoiceId: z.string(), street: z.string() }), { key: (data) => data.invoiceId }),
});
await using bus = new EventBus({ events, transport: memoryTransport() });
await bus.start();

let fixed = false;
const sent: string[] = [];
bus.subscribe(
  'invoice.issued',
  ({ data, replayedfrom }) => {
    if (!fixed && !/^[a-z ]+$/i.test(data.street)) throw new TerminalError(`no street is called ${data.street}`); // the mistake: there are other letters
    sent.push(`${data.invoiceId}${replayedfrom === undefined ? '' : ' (replayed)'}`);
  },
  'mailer',
);

const acme = Call.root({ tenant: 'acme' });
const globex = Call.root({ tenant: 'globex' });
for (const [tenant, invoiceId, street] of [
  [acme, 'a-1', 'Main Street'],
  [acme, 'a-2', 'Königsallee'],
  [globex, 'g-1', 'Hügelweg'],
  [globex, 'g-2', ''],
] as const) {
  await bus.publish({ type: 'invoice.issued', source: 'billing', data: { invoiceId, street } }, tenant);
}
await pause(10);

const { items } = await bus.deadLetters.list({ tenant: everyTenant });
for (const { event, reason, failure } of items) console.log((event as { subject: string }).subject, reason, failure.message);

fixed = true;
console.log('of acme', await bus.deadLetters.replay({ tenant: 'acme' }, { dryRun: true }));
console.log('replayed', await bus.deadLetters.replay({ tenant: everyTenant, group: 'mailer', code: 'TERMINAL' }, { perSecond: 1_000 }));
await pause(10);
console.log(sent.join(', '));
console.log('left', (await bus.deadLetters.list({ tenant: everyTenant })).items.length);
