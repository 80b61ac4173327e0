import type { Durability } from '@tutti/core';
import {
  Call,
  type CloudEvent,
  defineEvents,
  type EventOf,
  type EventPublisher,
  type EventSubscriber,
  event,
  type Runtime,
} from '@tutti/core';
import { testRuntime } from '@tutti/core/testing';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { asked, type Events, events, placed, shop } from '../../test/shop.ts';
import { memoryTransport } from '../adapters/memory.ts';
import type { EncodedEvent } from '../transport/encoded-event.ts';
import { EventBus } from './event-bus.ts';
import type { EventBusOptions } from './event-bus-options.ts';

describe('publishing', () => {
  it('makes a CloudEvent of the draft and the call, keyed by the catalogue', async () => {
    const { bus, runtime, pass } = shop();
    const shopBus = await bus();
    const heard: unknown[] = [];
    shopBus.subscribe('order.**', (each) => void heard.push(each), 'billing');
    const call = Call.root({
      runtime,
      tenant: 'acme',
      principal: 'ada',
      correlationId: 'c-1',
      idempotencyKey: 'k-1',
      deadline: runtime.clock.now() + 50,
    });
    const { id, duplicate } = await shopBus.publish({ ...placed('o-1'), causationId: 'e-0' }, call);
    await pass(0);
    expect(duplicate).toBe(false);
    expect(heard).toEqual([
      {
        specversion: '1.0',
        id,
        source: 'shop',
        type: 'order.placed',
        time: '2023-11-14T22:13:20.000Z',
        subject: 'o-1',
        datacontenttype: 'application/json',
        data: { orderId: 'o-1', items: 1 },
        dataversion: 1,
        traceparent: call.traceparent,
        correlationid: 'c-1',
        causationid: 'e-0',
        tenantid: 'acme',
        principal: 'ada',
        idempotencykey: 'k-1',
      },
    ]);
  });

  it('begins a trace and a correlation where nothing went before', async () => {
    const { bus, pass } = shop();
    const shopBus = await bus();
    const heard: { correlationid?: string; traceparent?: string; subject?: string }[] = [];
    shopBus.subscribe('user.created', (each) => void heard.push(each), 'greeter');
    const { id } = await shopBus.publish({ type: 'user.created', source: 'shop', data: { userId: 'ada' } });
    await pass(0);
    expect(heard).toMatchObject([{ correlationid: id, traceparent: expect.stringMatching(/^00-[\da-f]{32}-[\da-f]{16}-01$/) }]);
    expect(heard[0]).not.toHaveProperty('subject');
  });

  it('resolves after the transport has stored the event, not before', async () => {
    const { store, runtime } = shop();
    const transport = asked(store.join());
    let stored: (() => void) | undefined;
    const bus = new EventBus({
      events,
      runtime,
      transport: {
        ...transport,
        append: async (batch) => new Promise<void>((resolve) => (stored = resolve)).then(() => transport.append(batch)),
      },
    });
    await bus.start();
    let resolved = false;
    const publishing = bus.publish(placed('o-1')).then(() => (resolved = true));
    await runtime.clock.advance(1_000);
    expect(resolved).toBe(false);
    stored?.();
    await publishing;
  });

  it('gathers what one turn publishes into one batch', async () => {
    const { store, runtime } = shop();
    const transport = asked(store.join());
    const batches: number[] = [];
    const append = (batch: readonly EncodedEvent[]): Promise<readonly boolean[]> => {
      batches.push(batch.length);
      return transport.append(batch);
    };
    const bus = new EventBus({ events, runtime, transport: { ...transport, append } });
    await bus.start();
    await Promise.all(Array.from({ length: 50 }, (_, index) => bus.publish(placed(`o-${index}`))));
    await bus.publish(placed('alone'));
    expect(batches).toEqual([50, 1]);
    const heard: string[] = [];
    bus.subscribe('order.placed', ({ data }) => void heard.push(data.orderId), 'late', { from: 'beginning', concurrency: 100 });
    await runtime.clock.advance(0);
    expect(heard).toEqual([...Array.from({ length: 50 }, (_, index) => `o-${index}`), 'alone']);
  });

  it('says that an event with the same source and id was there already', async () => {
    const { bus } = shop();
    const shopBus = await bus();
    expect(await shopBus.publish({ ...placed('o-1'), id: 'e-1' })).toEqual({ id: 'e-1', duplicate: false });
    expect(await shopBus.publish({ ...placed('o-1'), id: 'e-1' })).toEqual({ id: 'e-1', duplicate: true });
    expect(await shopBus.publish({ ...placed('o-1'), id: 'e-1', source: 'other shop' })).toEqual({ id: 'e-1', duplicate: false });
  });

  it.each([
    ['data that the schema refuses', { ...placed('o-1'), data: { orderId: 1 } }, 'INVALID_DATA'],
    ['a type that the catalogue does not have', { ...placed('o-1'), type: 'order.vanished' }, 'MESSAGING_UNKNOWN_TYPE'],
    ['a type that every object has', { ...placed('o-1'), type: 'constructor' }, 'MESSAGING_UNKNOWN_TYPE'],
    ['an empty source', { ...placed('o-1'), source: '' }, 'INVALID_ARGUMENT'],
    ['an empty id', { ...placed('o-1'), id: '' }, 'INVALID_ARGUMENT'],
    ['an empty key', { ...placed(''), data: { orderId: '' } }, 'INVALID_DATA'],
  ])('refuses %s and stores nothing', async (_what, draft, code) => {
    const { bus, pass } = shop();
    const shopBus = await bus();
    const heard: unknown[] = [];
    shopBus.subscribe('**', (each) => void heard.push(each), 'audit');
    await expect(shopBus.publish(draft as unknown as ReturnType<typeof placed>)).rejects.toMatchObject({ code });
    await pass(0);
    expect(heard).toEqual([]);
  });

  it('fills in what the schema fills in', async () => {
    const { bus, pass } = shop();
    const shopBus = await bus();
    const heard: number[] = [];
    shopBus.subscribe('order.placed', ({ data }) => void heard.push(data.items), 'billing');
    await shopBus.publish({ ...placed('o-1'), data: { orderId: 'o-1' } as { orderId: string; items: number } });
    await pass(0);
    expect(heard).toEqual([1]);
  });

  it('refuses one event that JSON cannot hold without harm to the others of its turn', async () => {
    const loose = defineEvents({ 'a.b': event(z.unknown()) });
    const bus = new EventBus({ events: loose, transport: memoryTransport(), runtime: testRuntime() });
    await bus.start();
    const [bad, good] = await Promise.allSettled([
      bus.publish({ type: 'a.b', source: 's', data: 10n }),
      bus.publish({ type: 'a.b', source: 's', data: 10 }),
    ]);
    expect(bad).toMatchObject({ status: 'rejected', reason: { code: 'INVALID_DATA' } });
    expect(good).toMatchObject({ status: 'fulfilled' });
  });

  it('does nothing for a call that is over', async () => {
    const { bus } = shop();
    const call = Call.root();
    call.cancel();
    await expect((await bus()).publish(placed('o-1'), call)).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('offers no outbox where the transport has none', async () => {
    const { bus } = shop();
    await expect((await bus()).outbox(placed('o-1'))).rejects.toMatchObject({ code: 'CAPABILITY_MISSING' });
  });
});

describe('subscribing', () => {
  it.each([
    ['a malformed pattern', 'order.**.x', 'billing', {}, 'INVALID_ARGUMENT', 'pattern'],
    ['a pattern without an event', 'invoice.*', 'billing', {}, 'INVALID_ARGUMENT', 'pattern'],
    ['a group with a space', 'order.*', 'the billing', {}, 'INVALID_ARGUMENT', 'group'],
    ['no concurrency', 'order.*', 'billing', { concurrency: 0 }, 'INVALID_OPTIONS', 'subscribe.concurrency'],
    ['a lease too short to be renewed', 'order.*', 'billing', { lease: '10ms' }, 'INVALID_OPTIONS', 'subscribe.lease'],
    ['an unknown option', 'order.*', 'billing', { retries: 3 }, 'INVALID_OPTIONS', 'subscribe.retries'],
  ])('refuses %s at once', (_what, pattern, group, options, code, path) => {
    const subscriber: EventBus<Events> = new EventBus({ events, transport: memoryTransport() });
    expect(() => subscriber.subscribe(pattern as 'order.*', () => {}, group, options as object)).toThrowError(
      expect.objectContaining({ code, details: expect.objectContaining({ path }) }),
    );
  });
});

describe('the life of a bus', () => {
  it('begins and ends once, however often it is told to', async () => {
    const { store, runtime } = shop();
    const transport = store.join();
    const told: string[] = [];
    const connect = (given: Runtime): Promise<Durability> => {
      told.push('connect');
      return transport.connect(given);
    };
    const close = (): Promise<void> => {
      told.push('close');
      return transport.close();
    };
    const bus = new EventBus({ events, runtime, transport: { ...transport, connect, close } });
    expect(bus.state).toBe('idle');
    await Promise.all([bus.start(), bus.start()]);
    expect(bus.state).toBe('running');
    await Promise.all([bus.stop(), bus.stop()]);
    await bus[Symbol.asyncDispose]();
    expect([bus.state, told]).toEqual(['stopped', ['connect', 'close']]);
  });

  it('takes nothing before it is started and after it was stopped', async () => {
    const bus = new EventBus({ events, transport: memoryTransport(), runtime: testRuntime() });
    const early = bus.subscribe('order.*', () => {}, 'billing');
    await expect(early.ready()).rejects.toMatchObject({ code: 'NOT_RUNNING' });
    await expect(bus.publish(placed('o-1'))).rejects.toMatchObject({ code: 'NOT_RUNNING' });
    await bus.start();
    await early.ready();
    await bus.stop();
    await expect(bus.publish(placed('o-1'))).rejects.toMatchObject({ code: 'NOT_RUNNING' });
    await expect(bus.forget('order.*', 'billing')).rejects.toMatchObject({ code: 'NOT_RUNNING' });
    expect(() => bus.subscribe('order.*', () => {}, 'billing')).toThrowError(expect.objectContaining({ code: 'NOT_RUNNING' }));
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 8, 12])(
    'never resolves a publish that was not stored: stopped %i microtasks after it',
    async (microtasks) => {
      const { bus } = shop();
      const shopBus = await bus();
      const publishing = shopBus.publish({ ...placed('o-1'), id: 'e-1' }).then(
        () => true,
        () => false,
      );
      for (let turn = 0; turn < microtasks; turn++) await Promise.resolve();
      await shopBus.stop();
      const { duplicate: stored } = await (await bus()).publish({ ...placed('o-1'), id: 'e-1' });
      expect(stored).toBe(await publishing);
    },
  );

  it('may be started again when the start failed', async () => {
    const { store, runtime, pass } = shop();
    const transport = store.join();
    let away = true;
    const open = (...[request]: Parameters<typeof transport.open>) =>
      away ? Promise.reject(new Error('connection refused')) : transport.open(request);
    const bus = new EventBus({ events, runtime, transport: { ...transport, open } });
    const heard: string[] = [];
    bus.subscribe('order.placed', ({ data }) => void heard.push(data.orderId), 'billing');
    await expect(bus.start()).rejects.toThrow('connection refused');
    away = false;
    await bus.start();
    await bus.publish(placed('o-1'));
    await pass(0);
    expect(heard).toEqual(['o-1']);
  });

  it.each([
    ['no events', { events: undefined }, 'EventBus.events'],
    ['a transport that is none', { transport: {} }, 'EventBus.transport'],
    ['a drain timeout without its unit', { drainTimeout: 10 }, 'EventBus.drainTimeout'],
    ['an unknown option', { retry: true }, 'EventBus.retry'],
  ])('refuses %s in its constructor', (_what, options, path) => {
    const given = { events, transport: memoryTransport(), ...options } as unknown as EventBusOptions<Events>;
    expect(() => new EventBus(given)).toThrowError(
      expect.objectContaining({ code: 'INVALID_OPTIONS', details: expect.objectContaining({ path }) }),
    );
  });
});

describe('the ports of core', () => {
  it('are offered by the bus as it is', async () => {
    const { bus, pass } = shop();
    const shopBus = await bus();
    const publisher: EventPublisher = shopBus;
    const subscriber: EventSubscriber = shopBus;
    const heard: string[] = [];
    subscriber.subscribe('order.*', ({ type }) => void heard.push(type), 'billing');
    await publisher.publish({ type: 'order.cancelled', source: 'shop', data: { orderId: 'o-1', reason: 'changed my mind' } });
    await pass(0);
    expect(heard).toEqual(['order.cancelled']);
  });
});

describe('the types of a bus', () => {
  const bus = new EventBus({ events, transport: memoryTransport() });

  it('give an inline handler its event without an annotation', () => {
    bus.subscribe(
      'order.placed',
      (each) => void expectTypeOf(each).toEqualTypeOf<CloudEvent<'order.placed', { orderId: string; items: number }>>(),
      'g',
    );
    bus.subscribe('order.*', (each) => void expectTypeOf(each).toEqualTypeOf<EventOf<Events, 'order.*'>>(), 'g');
    bus.subscribe('**', ({ type }) => void expectTypeOf(type).toEqualTypeOf<keyof Events>(), 'g');
    const named = async (each: EventOf<Events, 'user.created'>, _call: Call): Promise<void> =>
      void expectTypeOf(each.data.userId).toBeString();
    bus.subscribe('user.created', named, 'g');
    const narrowing = (each: EventOf<Events, 'order.**'>): void =>
      void (each.type === 'order.cancelled' && expectTypeOf(each.data.reason).toBeString());
    bus.subscribe('order.**', narrowing, 'g');
  });

  it('refuse a pattern without an event, a handler of another event, and wrong data', () => {
    const refused = (): void => {
      // @ts-expect-error no event of the catalogue matches
      bus.subscribe('invoice.*', () => {}, 'g');
      // @ts-expect-error no event of the catalogue matches
      bus.subscribe('order.*.late', () => {}, 'g');
      // @ts-expect-error the handler wants the data of another event
      bus.subscribe('order.placed', (each: EventOf<Events, 'user.created'>) => void each, 'g');
      // @ts-expect-error the data lacks a member
      void bus.publish({ type: 'user.created', source: 's', data: {} });
      // @ts-expect-error the data is of another event
      void bus.publish({ type: 'user.created', source: 's', data: { orderId: 'o-1', items: 1 } });
      // @ts-expect-error the catalogue has no such event
      void bus.publish({ type: 'order.vanished', source: 's', data: {} });
      // @ts-expect-error a duration needs its unit
      bus.subscribe('order.placed', () => {}, 'g', { lease: 15 });
    };
    expect(refused).toBeTypeOf('function');
  });
});
