import { defineEvents, type EventDefinition, event } from '@tutti/core';
import { type TestRuntime, testRuntime } from '@tutti/core/testing';
import { EventBus, type EventBusOptions, type EventTransport, type Feed, type MemoryTransport, memoryTransport } from '@tutti/messaging';
import { z } from 'zod';

/** The catalogue of a shop, as small as tests can do with. */
export const events: {
  readonly 'order.placed': EventDefinition<{ orderId: string; items: number }>;
  readonly 'order.cancelled': EventDefinition<{ orderId: string; reason: string }>;
  readonly 'user.created': EventDefinition<{ userId: string }>;
} = defineEvents({
  'order.placed': event(z.object({ orderId: z.string(), items: z.number().int().default(1) }), { key: (data) => data.orderId }),
  'order.cancelled': event(z.object({ orderId: z.string(), reason: z.string() }), { version: 2 }),
  'user.created': event(z.object({ userId: z.string() })),
});
export type Events = typeof events;

interface OrderPlaced {
  readonly type: 'order.placed';
  readonly source: string;
  readonly data: { readonly orderId: string; readonly items: number };
}

export const placed = (orderId: string): OrderPlaced => ({ type: 'order.placed', source: 'shop', data: { orderId, items: 1 } });

export interface Shop {
  readonly runtime: TestRuntime;
  readonly store: MemoryTransport;
  /** A started bus on the store. */
  bus(options?: Partial<EventBusOptions<Events>>): Promise<EventBus<Events>>;
  pass(ms: number): Promise<void>;
}

/** The same store, asked for deliveries as one in another process is. */
export function asked(transport: EventTransport): EventTransport {
  return { ...transport, capabilities: { ...transport.capabilities, direct: false } };
}

/** How buses reach the store of a shop: given deliveries, or asking for them. */
export type Way = 'direct' | 'asked';
export const ways: readonly Way[] = ['direct', 'asked'];

/** A store in memory, and buses on it that share a clock that stands still. */
export function shop(way: Way = 'direct'): Shop {
  const runtime = testRuntime();
  const store = memoryTransport();
  return {
    runtime,
    store,
    async bus(options = {}) {
      const transport = way === 'asked' ? asked(store.join()) : store.join();
      const bus = new EventBus({ events, transport, runtime, ...options });
      await bus.start();
      return bus;
    },
    pass: (ms) => runtime.clock.advance(ms),
  };
}

/** A member of the shop's memory whose feeds are changed. */
export function withFeed({ store }: Shop, change: (feed: Feed) => Partial<Feed>): EventTransport {
  const transport = asked(store.join());
  return {
    ...transport,
    async open(request) {
      const feed = await transport.open(request);
      const unchanged: Feed = {
        receive: (max, waitMs, signal) => feed.receive(max, waitMs, signal),
        settle: (outcomes) => feed.settle(outcomes),
        close: () => feed.close(),
      };
      return { ...unchanged, ...change(feed) };
    },
  };
}
