import { Call, type MetricLabels, type MetricSink, type Runtime, type Span, type Tracer } from '@tutti/core';
import { describe, expect, it } from 'vitest';
import { events, placed, shop, ways, withFeed } from '../../test/shop.ts';
import { memoryInbox } from '../adapters/memory-inbox.ts';
import { testEvent } from '../testing/event-transport-subject.ts';
import type { EncodedEvent } from '../transport/encoded-event.ts';
import { EventBus } from './event-bus.ts';

function recorded() {
  const counts = new Map<string, number>();
  const gauges = new Map<string, number>();
  const observed = new Map<string, number[]>();
  const keyOf = (name: string, labels: MetricLabels = {}): string => `${name} ${Object.values(labels).join(' ')}`;
  const metrics: MetricSink = {
    count: (name, by, labels) => void counts.set(keyOf(name, labels), (counts.get(keyOf(name, labels)) ?? 0) + by),
    gauge: (name, value, labels) => void gauges.set(keyOf(name, labels), value),
    observe: (name, value, labels) => void observed.set(keyOf(name, labels), [...(observed.get(keyOf(name, labels)) ?? []), value]),
  };
  const spans: { name: string; kind: string; parent: string; own: string; failed: boolean }[] = [];
  const tracer: Tracer = {
    start(name, { kind, traceparent }) {
      const own = `${traceparent.slice(0, 36)}${String(spans.length).padStart(16, '0')}-01`;
      const span = { name, kind, parent: traceparent.slice(36, 52), own: own.slice(36, 52), failed: false };
      spans.push(span);
      const made: Span = {
        traceparent: own,
        set: () => undefined,
        run: (work) => work(),
        end(error) {
          span.failed = error !== undefined;
        },
      };
      return made;
    },
  };
  const count = (outcome: string): number => counts.get(`tutti_messaging_events_total billing order.placed ${outcome}`) ?? 0;
  return { count, gauges, observed, metrics, spans, tracer };
}

describe.each(ways)('what a bus tells of itself, %s', (way) => {
  it('counts what became of every event', async () => {
    const { bus, runtime, pass } = shop(way);
    const { count, gauges, metrics } = recorded();
    const shopBus = await bus({ runtime: { ...runtime, telemetry: { tracer: undefined, metrics } } });
    const handler = ({ data }: { data: { items: number } }, call: Call): void => {
      if (data.items === 2 && call.attempt === 1) throw new Error('once');
      if (data.items === 3) throw new Error('always');
    };
    shopBus.subscribe('order.placed', handler, 'billing', { maxAttempts: 2 });
    for (const items of [1, 2, 3]) await shopBus.publish({ ...placed(`o-${items}`), data: { orderId: `o-${items}`, items } });
    await pass(60_000);
    expect([count('handled'), count('failed'), count('retried'), count('deadLettered')]).toEqual([2, 3, 2, 1]);
    expect(gauges.get('tutti_messaging_dead_letters billing order.placed')).toBe(1);
    expect(gauges.get('tutti_messaging_waiting_events billing order.placed')).toBe(0);
  });

  it('counts what was filtered and what came again, and measures once how late an event came', async () => {
    const { bus, runtime, pass, store } = shop(way);
    const { count, gauges, observed, metrics } = recorded();
    const shopBus = await bus({ runtime: { ...runtime, telemetry: { tracer: undefined, metrics } } });
    const outsider = store.join();
    await outsider.connect(runtime);
    const stored = (orderId: string, items: number): EncodedEvent =>
      testEvent(orderId, {
        source: 'shop',
        type: 'order.placed',
        time: new Date(runtime.clock.epoch()).toISOString(),
        data: { orderId, items },
      });
    const handler = (_event: unknown, call: Call): void => {
      if (call.attempt === 1) throw new Error('once');
    };
    shopBus.subscribe('order.placed', handler, 'billing', { inbox: memoryInbox(), filter: { 'data.items': 1 } });
    await pass(0);
    const [wanted, other] = [stored('o-1', 1), stored('o-2', 2)];
    await pass(7_000);
    await outsider.append([wanted, other]);
    for (const id of ['again', 'and again']) await outsider.append([{ ...stored(id, 1), json: wanted.json }]); // as a store whose memory of identities has ended
    await pass(60_000);
    expect([count('handled'), count('filtered'), count('duplicates')]).toEqual([1, 1, 2]);
    const lags = observed.get('tutti_messaging_delivery_lag_seconds billing order.placed') ?? [];
    expect(new Set(lags)).toEqual(new Set([7]));
    expect(gauges.get('tutti_messaging_oldest_event_age_seconds billing order.placed')).toBe(0);
  });

  it('keeps one trace from the first call to the third handler', async () => {
    const { store, runtime, pass } = shop(way);
    const { spans, tracer } = recorded();
    const traced = { ...runtime, telemetry: { tracer, metrics: undefined } };
    const shopBus = new EventBus({ events, transport: store.join(), runtime: traced });
    await shopBus.start();
    const calls: Call[] = [];
    const hop = (next: number) => async (_event: unknown, call: Call) => {
      calls.push(call);
      if (next === 1) await shopBus.publish({ type: 'order.cancelled', source: 'shop', data: { orderId: 'o', reason: 'r' } }, call);
      if (next === 2) await shopBus.publish({ type: 'user.created', source: 'shop', data: { userId: 'u' } }, call);
    };
    shopBus.subscribe('order.placed', hop(1), 'first');
    shopBus.subscribe('order.cancelled', hop(2), 'second');
    shopBus.subscribe('user.created', hop(3), 'third');
    const call = Call.root({ runtime: traced, tracestate: 'a=b', baggage: 'plan=gold' });
    await shopBus.publish(placed('o'), call);
    await pass(1_000);
    expect(calls).toHaveLength(3);
    const trace = call.traceparent.slice(0, 35);
    for (const heard of calls) {
      expect(heard.traceparent.slice(0, 35)).toBe(trace);
      expect([heard.tracestate, heard.baggage, heard.correlationId]).toEqual(['a=b', 'plan=gold', call.correlationId]);
    }
    expect(spans.map(({ name, kind }) => `${kind} ${name}`)).toEqual([
      'producer send order.placed',
      'consumer process first',
      'producer send order.cancelled',
      'consumer process second',
      'producer send user.created',
      'consumer process third',
    ]);
    for (const [index, { parent }] of spans.entries()) if (index > 0) expect(parent).toBe(spans[index - 1]?.own);
  });

  it('says in words what was stored is worth, and how long ago the store was heard', async () => {
    const { bus, pass } = shop(way);
    const shopBus = await bus();
    shopBus.subscribe('order.placed', () => {}, 'billing');
    await pass(20_000);
    expect(shopBus.durability()).toMatchObject({ acknowledged: expect.stringContaining('lost when it ends'), warnings: [] });
    const view = (await shopBus.resources()[0]?.list({ limit: 1 }))?.items[0];
    if (way === 'asked') expect(view).toMatchObject({ lastPolledMs: expect.any(Number) });
    expect((await shopBus.resources()[1]?.list({ limit: 1 }))?.items).toMatchObject([{ id: 'billing (order.placed)', waiting: 0 }]);
  });
});

it('counts what was taken over by one member, and what the other said too late', async () => {
  const there = shop('asked');
  const { bus, runtime, pass } = there;
  const [stopped, other] = [recorded(), recorded()];
  const measured = ({ metrics }: ReturnType<typeof recorded>): Runtime => ({ ...runtime, telemetry: { tracer: undefined, metrics } });
  // a process that was stopped renews nothing, and does not know
  const asleep = withFeed(there, (feed) => ({
    settle: async (outcomes) => (outcomes.some(({ kind }) => kind === 'extend') ? outcomes.map(() => true) : feed.settle(outcomes)),
  }));
  const one = new EventBus({ events, transport: asleep, runtime: measured(stopped) });
  await one.start();
  let wake: () => void = () => undefined;
  const sleeping = new Promise<void>((resolve) => {
    wake = resolve;
  });
  one.subscribe('order.placed', () => sleeping, 'billing', { lease: '15s', concurrency: 1 });
  await one.publish(placed('o-1'));
  await pass(0);
  (await bus({ runtime: measured(other) })).subscribe('order.placed', () => {}, 'billing', { lease: '15s' });
  await pass(40_000);
  wake();
  await pass(1_000);
  expect([stopped.count('handled'), stopped.count('refused'), stopped.count('takenOver')]).toEqual([1, 1, 0]);
  expect([other.count('handled'), other.count('refused'), other.count('takenOver')]).toEqual([1, 0, 1]);
});
