import { defineEvents, event, everyTenant } from '@tutti/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { shop, ways } from '../../test/shop.ts';
import { testEvent } from '../testing/event-transport-subject.ts';
import { EventBus } from './event-bus.ts';

/** The third version of a person: first one text, then two, then with a greeting. */
const events = defineEvents({
  'user.created': event(z.object({ first: z.string(), last: z.string(), greeting: z.string() }), {
    version: 3,
    priority: 'high',
    upcast: {
      1: ({ name }: { name: string }) => ({ first: name.split(' ')[0], last: name.split(' ')[1] }),
      2: (person: object) => ({ ...person, greeting: 'hello' }),
    },
  }),
});

async function heardOf(way: 'direct' | 'asked', stored: { dataversion?: number; data: unknown }) {
  const { store, runtime, pass, bus: _bus } = shop(way);
  const transport = way === 'direct' ? store.join() : { ...store.join(), capabilities: { ...store.capabilities, direct: false } };
  const bus = new EventBus({ events, transport, runtime });
  await bus.start();
  const heard: unknown[] = [];
  bus.subscribe('user.created', ({ data, dataversion }) => void heard.push({ ...data, dataversion }), 'welcome');
  await pass(0);
  const outsider = store.join();
  await outsider.connect(runtime);
  const { dataversion, ...rest } = stored;
  await outsider.append([testEvent('e', { type: 'user.created', ...rest, ...(dataversion !== undefined && { dataversion }) })]);
  await pass(60_000);
  return { heard, letters: (await bus.deadLetters.list({ tenant: everyTenant })).items };
}

describe.each(ways)('versions, %s', (way) => {
  it.each([
    ['the first', 1, { name: 'Ada Lovelace' }],
    ['none, which is the first', undefined, { name: 'Ada Lovelace' }],
    ['the second', 2, { first: 'Ada', last: 'Lovelace' }],
    ['the third', 3, { first: 'Ada', last: 'Lovelace', greeting: 'hello' }],
  ])('an event stored with %s is read as the third', async (_what, dataversion, data) => {
    const { heard, letters } = await heardOf(way, { data, ...(dataversion !== undefined && { dataversion }) });
    expect(letters).toEqual([]);
    expect(heard).toEqual([{ first: 'Ada', last: 'Lovelace', greeting: 'hello', dataversion: 3 }]);
  });

  it.each([
    ['a version that is newer than the catalogue', 4, {}],
    ['a version that is none', 0, {}],
    ['data that its step cannot read', 1, { nom: 'Ada' }],
  ])('an event with %s becomes a dead letter, and no handler is called', async (_what, dataversion, data) => {
    const { heard, letters } = await heardOf(way, { dataversion, data });
    expect(heard).toEqual([]);
    expect(letters).toMatchObject([{ reason: 'version', attempts: 1, failure: { code: 'MESSAGING_NO_UPCASTER' } }]);
  });

  it('an event has the priority of its definition, unless its publisher says otherwise', async () => {
    const { store, runtime, pass } = shop(way);
    const bus = new EventBus({ events, transport: store.join(), runtime });
    await bus.start();
    const heard: unknown[] = [];
    bus.subscribe('user.created', ({ priority }) => void heard.push(priority), 'welcome');
    const draft = { type: 'user.created', source: 's', data: { first: 'A', last: 'B', greeting: 'c' } } as const;
    for (const priority of [undefined, 'low', 'normal'] as const) await bus.publish({ ...draft, ...(priority && { priority }) });
    await pass(0);
    expect(heard).toEqual(['high', 'low', undefined]);
  });
});

describe('a missing step', () => {
  it('between two versions makes a dead letter', async () => {
    const { store, runtime, pass } = shop();
    const gap = defineEvents({ 'a.b': event(z.object({}), { version: 3, upcast: { 1: (data) => data } }) });
    const bus = new EventBus({ events: gap, transport: store.join(), runtime });
    await bus.start();
    bus.subscribe('a.b', () => {}, 'g');
    await pass(0);
    const outsider = store.join();
    await outsider.connect(runtime);
    await outsider.append([testEvent('e', { type: 'a.b', dataversion: 1, data: {} })]);
    await pass(0);
    expect((await bus.deadLetters.list({ tenant: everyTenant })).items).toMatchObject([{ reason: 'version' }]);
  });
});

it('a filter lets half of a hundred events through, and the others are acknowledged and counted', async () => {
  const { bus, pass } = shop();
  const shopBus = await bus();
  const heard: number[] = [];
  shopBus.subscribe('order.placed', ({ data }) => void heard.push(data.items), 'even', { filter: { 'data.items': { lt: 50 } } });
  shopBus.subscribe('order.placed', () => {}, 'broken', {
    filter: () => {
      throw new Error('no');
    },
    maxAttempts: 1,
  });
  for (let items = 0; items < 100; items++) await shopBus.publish({ type: 'order.placed', source: 's', data: { orderId: 'o', items } });
  await pass(0);
  expect(heard).toHaveLength(50);
  const views = (await shopBus.resources()[0]?.list({ limit: 2 }))?.items;
  expect(views).toMatchObject([{ counts: { deadLettered: 100 } }, { counts: { handled: 50, filtered: 50 } }]);
  expect((await shopBus.stats()).map(({ waiting, running }) => waiting + running)).toEqual([0, 0]);
});
