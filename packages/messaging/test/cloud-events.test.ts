import { Call } from '@tutti/core';
import { CloudEvent as OfficialEvent } from 'cloudevents';
import { expect, it } from 'vitest';
import { never, openFeed } from '../src/testing/event-transport-subject.ts';
import { placed, shop } from './shop.ts';

/** The SDK of the CloudEvents project checks against the JSON schema of the specification, version 1.0. */
const valid = (event: object): boolean => {
  try {
    return new OfficialEvent(event, true).validate();
  } catch {
    return false;
  }
};

it('what a bus stores is a CloudEvent 1.0 by the schema of its specification, with everything that an event may carry', async () => {
  const { bus, store, runtime, pass } = shop('asked');
  const outsider = store.join();
  await outsider.connect(runtime);
  const subject = { runtime, leaseMs: 60_000, pass, member: () => outsider, inject: async () => undefined };
  const feed = await openFeed(subject, outsider, { from: 'beginning' });
  const shopBus = await bus();
  const call = Call.root({
    runtime,
    tenant: 'acme',
    principal: 'user:ü',
    idempotencyKey: 'k-1',
    tracestate: 'a=b',
    baggage: 'plan=gold',
    correlationId: 'c-1',
  });
  const drafts = [
    placed('o-1'),
    { ...placed('o-2'), id: 'given', priority: 'high', causationId: 'why' },
    { type: 'order.cancelled', source: '/shop/1', data: { orderId: 'ö', reason: '"' } },
  ] as const;
  for (const draft of drafts) await shopBus.publish(draft, call);
  await shopBus.publish(placed('o-3'));
  const events = (await feed.receive(10, 0, never)).map(({ event }) => event as Record<string, unknown>);
  expect(events).toHaveLength(4);
  for (const event of events) expect(valid(event), JSON.stringify(event)).toBe(true);
  const [first = {}] = events;
  const broken = [
    { ...first, source: '' },
    { ...first, specversion: '0.9' },
    { ...first, Upper: 1 },
    { ...first, time: 'soon' },
    { ...first, subject: '' },
  ];
  expect(broken.map(valid), 'the schema refuses what is none').toEqual(broken.map(() => false));
});
