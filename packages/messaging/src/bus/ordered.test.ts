import { everyTenant, exponential } from '@tutti/core';
import { describe, expect, it } from 'vitest';
import { placed, shop, ways } from '../../test/shop.ts';

const backoff = exponential({ initial: '1s', jitter: 0 });

describe.each(ways)('an ordered subscription, %s', (way) => {
  it('keeps the order of each key among its members, whatever takes long', async () => {
    const { bus, pass } = shop(way);
    const seen: string[] = [];
    const ends: (() => void)[] = [];
    const handler = async ({ data }: { data: { orderId: string; items: number } }): Promise<void> => {
      seen.push(`${data.orderId}.${data.items}`);
      await new Promise<void>((resolve) => ends.push(resolve));
    };
    const [one, two] = [await bus(), await bus()];
    one.subscribe('order.placed', handler, 'billing', { ordered: true });
    two.subscribe('order.placed', handler, 'billing', { ordered: true });
    await pass(0);
    for (let items = 1; items <= 3; items++) {
      for (const orderId of ['a', 'b']) await one.publish({ ...placed(orderId), data: { orderId, items } });
    }
    await pass(0);
    expect(seen.toSorted()).toEqual(['a.1', 'b.1']);
    while (seen.length < 6) {
      for (const end of ends.splice(0).toReversed()) end();
      await pass(0);
    }
    expect(seen.filter((each) => each.startsWith('a'))).toEqual(['a.1', 'a.2', 'a.3']);
    expect(seen.filter((each) => each.startsWith('b'))).toEqual(['b.1', 'b.2', 'b.3']);
  });

  it('lets a key wait for the retries of an event, and go on when it is given up', async () => {
    const { bus, pass, runtime } = shop(way);
    const shopBus = await bus();
    const startedAt = runtime.clock.now();
    const seen: string[] = [];
    const handler = ({ data }: { data: { orderId: string; items: number } }): void => {
      seen.push(`${data.orderId}.${data.items} at ${runtime.clock.now() - startedAt}`);
      if (data.items === 1) throw new Error('no');
    };
    shopBus.subscribe('order.placed', handler, 'billing', { ordered: true, maxAttempts: 3, backoff });
    for (const [orderId, items] of [
      ['a', 1],
      ['a', 2],
      ['b', 2],
    ] as const) {
      await shopBus.publish({ ...placed(orderId), data: { orderId, items } });
    }
    await pass(60_000);
    expect(seen).toEqual(['a.1 at 0', 'b.2 at 0', 'a.1 at 1000', 'a.1 at 3000', 'a.2 at 3000']);
    expect((await shopBus.stats())[0]).toMatchObject({ waiting: 0, running: 0, deadLetters: 1 });
  });

  it('gives each attempt the event as it was', async () => {
    const { bus, pass } = shop(way);
    const shopBus = await bus();
    const seen: number[] = [];
    const handler = ({ data }: { data: { items: number } }): void => {
      seen.push(data.items);
      data.items = 99;
      if (seen.length < 3) throw new Error('no');
    };
    shopBus.subscribe('order.placed', handler, 'billing', { ordered: true, backoff });
    await shopBus.publish(placed('o-1'));
    await pass(60_000);
    expect(seen).toEqual([1, 1, 1]);
  });

  it('is refused where the transport keeps no order of keys', async () => {
    const { store, bus } = shop(way);
    const transport = { ...store.join(), capabilities: { ...store.capabilities, keyOrder: false, history: false, inbox: false } };
    const shopBus = await bus({ transport });
    expect(shopBus.durability().acknowledged).toMatch(/cannot keep the order of keys/);
    for (const options of [{ ordered: true }, { from: 'beginning' }, { inbox: true }] as const) {
      expect(() => shopBus.subscribe('order.placed', () => {}, 'g', options)).toThrowError(
        expect.objectContaining({ code: 'CAPABILITY_MISSING' }),
      );
    }
  });
});

describe.each(ways)('immediate attempts, %s', (way) => {
  it('follow each other before the store hands the event out again', async () => {
    const { bus, pass, runtime } = shop(way);
    const shopBus = await bus();
    const startedAt = runtime.clock.now();
    const attempts: string[] = [];
    const handler = (_event: unknown, call: { attempt: number }): never => {
      attempts.push(`${call.attempt} at ${Math.round((runtime.clock.now() - startedAt) / 1_000)} s`);
      throw new Error('no');
    };
    shopBus.subscribe('order.placed', handler, 'billing', { maxAttempts: 5, immediateAttempts: 2, backoff });
    await shopBus.publish(placed('o-1'));
    await pass(60_000);
    expect(attempts).toEqual(['1 at 0 s', '2 at 0 s', '3 at 1 s', '4 at 1 s', '5 at 3 s']);
    const { items } = await shopBus.deadLetters.list({ tenant: everyTenant });
    expect(items).toMatchObject([{ attempts: 5, reason: 'attempts' }]);
  });
});
