import { type Call, everyTenant, type LogFields, TuttiError } from '@tutti/core';
import { describe, expect, it } from 'vitest';
import { asked, events, placed, shop, withFeed } from '../../test/shop.ts';
import { EventBus } from './event-bus.ts';

/** Handlers that run until they are told to end. */
function slowly() {
  const calls: Call[] = [];
  const ends: (() => void)[] = [];
  return {
    calls,
    handler: (_event: unknown, call: Call): Promise<void> => {
      calls.push(call);
      return new Promise((resolve) => ends.push(resolve));
    },
    endAll: () => {
      for (const end of ends) end();
    },
  };
}

describe('a subscription', () => {
  it('hears what this bus publishes from the moment of subscribing, before and after the start', async () => {
    const { store, runtime, pass } = shop();
    const bus = new EventBus({ events, transport: store.join(), runtime });
    const heard: string[] = [];
    bus.subscribe('order.placed', ({ data }) => void heard.push(`early ${data.orderId}`), 'early');
    await bus.start();
    bus.subscribe('order.placed', ({ data }) => void heard.push(`late ${data.orderId}`), 'late');
    await bus.publish(placed('o-1'));
    await pass(0);
    expect(heard.sort()).toEqual(['early o-1', 'late o-1']);
  });

  it('shares between the buses of a group and repeats for every other group', async () => {
    const { bus, pass } = shop();
    const heard: Record<string, number> = { one: 0, two: 0, other: 0 };
    const count = (name: string) => (): void => {
      heard[name] = (heard[name] ?? 0) + 1;
    };
    const one = await bus();
    one.subscribe('order.placed', count('one'), 'billing', { concurrency: 1 });
    (await bus()).subscribe('order.placed', count('two'), 'billing', { concurrency: 1 });
    (await bus()).subscribe('order.*', count('other'), 'shipping');
    await pass(0);
    await Promise.all(Array.from({ length: 20 }, (_, index) => one.publish(placed(`o-${index}`))));
    await pass(0);
    expect(heard['one']).toBeGreaterThan(0);
    expect(heard['two']).toBeGreaterThan(0);
    expect(Number(heard['one']) + Number(heard['two'])).toBe(20);
    expect(heard['other']).toBe(20);
  });

  it('gives back all that came with one that its members lost again and again, and asks for it alone', async () => {
    const place = shop();
    const { runtime, pass } = place;
    const asks: number[] = [];
    const log: string[] = [];
    const suspects = new Set(['o-1', 'o-2']);
    const transport = withFeed(place, (feed) => ({
      async receive(max, ...rest) {
        asks.push(max);
        const deliveries = await feed.receive(max, ...rest);
        const lost = (event: unknown): boolean => suspects.has((event as { subject: string }).subject);
        return deliveries.map((one) => (lost(one.event) ? { ...one, attempt: 3, takenOver: true } : one));
      },
      settle(outcomes) {
        log.push(...outcomes.map(({ kind }) => kind).filter((kind) => kind === 'release'));
        return feed.settle(outcomes);
      },
    }));
    const bus = new EventBus({ events, transport, runtime });
    await bus.start();
    for (const id of ['o-0', 'o-1', 'o-2', 'o-3']) await bus.publish(placed(id));
    bus.subscribe('order.placed', ({ data }) => void log.push(data.orderId), 'billing', { concurrency: 4, from: 'beginning' });
    await pass(0);
    expect(log.slice(0, 4)).toEqual(['release', 'release', 'release', 'release']);
    expect(log.slice(4)).toEqual(['o-0', 'o-1', 'o-2', 'o-3']);
    expect(asks.slice(0, 5)).toEqual([4, 1, 1, 1, 1]);
    await bus.stop();
  });

  it('runs at most as many handlers at once as it was told', async () => {
    const { bus, pass } = shop();
    const shopBus = await bus();
    let running = 0;
    let most = 0;
    const finish: (() => void)[] = [];
    const handler = async (): Promise<void> => {
      most = Math.max(most, ++running);
      await new Promise<void>((resolve) => finish.push(resolve));
      running--;
    };
    shopBus.subscribe('order.placed', handler, 'billing', { concurrency: 3 });
    await Promise.all(Array.from({ length: 10 }, (_, index) => shopBus.publish(placed(`o-${index}`))));
    let finished = 0;
    for (; finished < 10; finished++) {
      await pass(0);
      finish.shift()?.();
    }
    await pass(0);
    expect([most, running]).toEqual([3, 0]);
  });

  it('stops hearing when its subscription is stopped; the group does not forget', async () => {
    const { bus, pass } = shop();
    const shopBus = await bus();
    const heard: string[] = [];
    const subscribe = () => shopBus.subscribe('order.placed', ({ data }) => void heard.push(data.orderId), 'billing');
    const subscription = subscribe();
    await shopBus.publish(placed('o-1'));
    await pass(0);
    await subscription.stop();
    await shopBus.publish(placed('o-2'));
    await pass(0);
    expect(heard).toEqual(['o-1']);
    subscribe();
    await pass(0);
    expect(heard).toEqual(['o-1', 'o-2']);
  });

  it('forgets a subscription that nobody will serve again', async () => {
    const { bus, pass } = shop();
    const shopBus = await bus();
    const heard: string[] = [];
    const subscribe = () => shopBus.subscribe('order.placed', ({ data }) => void heard.push(data.orderId), 'billing');
    const subscription = subscribe();
    await subscription.ready();
    await subscription.stop();
    await shopBus.publish(placed('o-1'));
    await shopBus.forget('order.placed', 'billing');
    subscribe();
    await shopBus.publish(placed('o-2'));
    await pass(0);
    expect(heard).toEqual(['o-2']);
  });
});

describe('the lease of a delivery', () => {
  it('is renewed for as long as the handler runs', async () => {
    const { bus, pass } = shop();
    const { calls, handler, endAll } = slowly();
    const [one, two] = [await bus(), await bus()];
    one.subscribe('order.placed', handler, 'billing', { lease: '15s' });
    await one.publish(placed('o-1'));
    await pass(0);
    two.subscribe('order.placed', handler, 'billing', { lease: '15s' });
    await pass(600_000);
    expect(calls.map(({ attempt, cancelled }) => [attempt, cancelled])).toEqual([[1, false]]);
    endAll();
    await pass(600_000);
    expect(calls).toHaveLength(1);
  });

  it('that cannot be renewed aborts the handler before another member takes over, and the late outcome is dropped', async () => {
    const there = shop();
    const { bus, pass, runtime } = there;
    const { calls, handler, endAll } = slowly();
    const deaf = withFeed(there, (feed) => ({
      settle: (outcomes) =>
        outcomes.some(({ kind }) => kind === 'extend') ? Promise.reject(new Error('unreachable')) : feed.settle(outcomes),
    }));
    const one = new EventBus({ events, transport: deaf, runtime });
    await one.start();
    one.subscribe('order.placed', handler, 'billing', { lease: '16s', concurrency: 1 });
    await one.publish(placed('o-1'));
    await pass(0);
    (await bus()).subscribe('order.placed', handler, 'billing', { lease: '16s' });
    let abortedAt = 0;
    calls[0]?.signal.addEventListener('abort', () => {
      abortedAt = runtime.clock.now();
      expect(calls).toHaveLength(1);
    });
    const startedAt = runtime.clock.now();
    await pass(16_000);
    expect(abortedAt - startedAt).toBeGreaterThan(8_000);
    expect(abortedAt - startedAt).toBeLessThanOrEqual(14_000);
    expect(TuttiError.is(calls[0]?.reason, 'MESSAGING_LEASE_LOST')).toBe(true);
    expect(calls.map(({ attempt }) => attempt)).toEqual([1, 2]);
    endAll();
    await pass(60_000);
    expect(calls).toHaveLength(2);
    expect((await one.deadLetters.list({ tenant: everyTenant, limit: 1 })).items).toEqual([]);
  });

  it('that somebody else took is noticed at the next renewal', async () => {
    const there = shop();
    const { pass, runtime, store } = there;
    const { calls, handler } = slowly();
    const bus = await there.bus({ transport: asked(store.join()) });
    bus.subscribe('order.placed', handler, 'billing', { lease: '16s' });
    await bus.publish(placed('o-1'));
    await pass(0);
    const outsider = store.join();
    await outsider.connect(runtime);
    await outsider.forget('billing', 'order.placed');
    await pass(4_000);
    expect(TuttiError.is(calls[0]?.reason, 'MESSAGING_LEASE_LOST')).toBe(true);
  });
});

describe('stopping', () => {
  it('waits for handlers that run, fetches nothing more, and keeps what they did', async () => {
    const { bus, pass } = shop();
    const { calls, handler, endAll } = slowly();
    const first = await bus();
    first.subscribe('order.placed', handler, 'billing', { concurrency: 2 });
    await Promise.all(['o-1', 'o-2', 'o-3'].map((id) => first.publish(placed(id))));
    await pass(0);
    let stopped = false;
    const stopping = first.stop().then(() => {
      stopped = true;
    });
    await pass(5_000);
    expect([stopped, calls.length, calls[0]?.cancelled]).toEqual([false, 2, false]);
    endAll();
    await stopping;
    const heard: string[] = [];
    (await bus()).subscribe('order.placed', ({ data }) => void heard.push(data.orderId), 'billing');
    await pass(60_000);
    expect(heard).toEqual(['o-3']);
  });

  it('lets a handler that is still running publish', async () => {
    const { bus, pass } = shop();
    const first = await bus();
    let go: (() => void) | undefined;
    first.subscribe(
      'order.placed',
      async () => {
        await new Promise<void>((resolve) => {
          go = resolve;
        });
        await first.publish({ type: 'user.created', source: 'billing', data: { userId: 'ada' } });
      },
      'billing',
    );
    const heard: string[] = [];
    (await bus()).subscribe('user.created', ({ data }) => void heard.push(data.userId), 'greeter');
    await first.publish(placed('o-1'));
    await pass(0);
    const stopping = first.stop();
    await pass(0);
    go?.();
    await stopping;
    await pass(0);
    expect(heard).toEqual(['ada']);
    expect((await first.deadLetters.list({ tenant: everyTenant, limit: 1 })).items).toEqual([]);
  });

  it('aborts handlers at the drain deadline and gives their events to others at once, without counting the attempt', async () => {
    const { bus, pass } = shop();
    const { calls, handler } = slowly();
    const first = await bus({ drainTimeout: '3s' });
    first.subscribe('order.placed', handler, 'billing');
    await first.publish(placed('o-1'));
    await pass(0);
    const second = await bus();
    const attempts: number[] = [];
    second.subscribe('order.placed', (_event, call) => void attempts.push(call.attempt), 'billing');
    const stopping = first.stop();
    await pass(2_999);
    expect([calls[0]?.cancelled, attempts.length]).toEqual([false, 0]);
    await pass(1);
    await stopping;
    await pass(0);
    expect(TuttiError.is(calls[0]?.reason, 'CANCELLED')).toBe(true);
    expect(attempts).toEqual([1]);
  });
});

describe('a store that is away', () => {
  it('is asked again until it answers, is seen in the health, and loses nothing', async () => {
    const there = shop();
    const { pass, runtime } = there;
    let away = true;
    const logged: [string, LogFields | undefined][] = [];
    const transport = withFeed(there, (feed) => ({
      receive: (max, waitMs, signal) => (away ? Promise.reject(new Error('connection refused')) : feed.receive(max, waitMs, signal)),
    }));
    const logger = { enabled: () => true, log: (level: string, _message: string, fields?: LogFields) => void logged.push([level, fields]) };
    const bus = new EventBus({ events, transport, runtime: { ...runtime, logger } });
    await bus.start();
    const heard: string[] = [];
    bus.subscribe('order.placed', ({ data }) => void heard.push(data.orderId), 'billing');
    await bus.publish(placed('o-1'));
    await pass(30_000);
    expect(await bus.health()).toMatchObject({ status: 'degraded', reason: 'billing (order.placed): cannot receive: connection refused' });
    expect(logged[0]).toMatchObject(['warn', { attempt: 1 }]);
    away = false;
    await pass(5_000);
    expect(heard).toEqual(['o-1']);
    expect((await bus.health()).status).toBe('healthy');
  });

  it('does not lose an outcome that it could not take', async () => {
    const there = shop();
    const { pass, runtime } = there;
    let failures = 3;
    const transport = withFeed(there, (feed) => ({
      settle: (outcomes) => (failures-- > 0 ? Promise.reject(new Error('connection refused')) : feed.settle(outcomes)),
    }));
    const bus = new EventBus({ events, transport, runtime });
    await bus.start();
    const heard: string[] = [];
    bus.subscribe('order.placed', ({ data }) => void heard.push(data.orderId), 'billing');
    await bus.publish(placed('o-1'));
    await pass(600_000);
    expect(heard).toEqual(['o-1']);
  });

  it('fails a publish that must wait for a new subscription, and makes the subscription later', async () => {
    const { store, runtime, pass } = shop();
    const transport = asked(store.join());
    let away = true;
    const bus = new EventBus({
      events,
      runtime,
      transport: { ...transport, open: (request) => (away ? Promise.reject(new Error('connection refused')) : transport.open(request)) },
    });
    await bus.start();
    const heard: string[] = [];
    const subscription = bus.subscribe('order.placed', ({ data }) => void heard.push(data.orderId), 'billing');
    await expect(bus.publish(placed('o-1'))).rejects.toThrow('connection refused');
    expect(await bus.health()).toMatchObject({ status: 'degraded' });
    away = false;
    await pass(5_000);
    await subscription.ready();
    await bus.publish(placed('o-2'));
    await pass(0);
    expect(heard).toEqual(['o-2']);
  });
});
