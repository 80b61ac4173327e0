import { coreError, type Inspectable, type InspectableResource, type Statement, sleep } from '@tutti/core';
import { sqliteDatabase } from '@tutti/core/sqlite';
import { eventually } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { placed, shop, ways } from '../../test/shop.ts';
import { memoryInbox } from '../adapters/memory-inbox.ts';
import { sqliteInbox, sqliteTransport } from '../adapters/sqlite.ts';
import { testEvent } from '../testing/event-transport-subject.ts';

const order = (id: string) => testEvent(id, { source: 'shop', type: 'order.placed', data: { orderId: id, items: 1 } });

async function ledger() {
  const database = sqliteDatabase({ path: ':memory:' });
  await database.start();
  await database.migrate('test', ['CREATE TABLE effects (id TEXT)']);
  const effect = (id: string): Statement => ({ sql: 'INSERT INTO effects VALUES (?)', values: [id] });
  const effects = async (): Promise<unknown[]> => (await database.read('SELECT id FROM effects ORDER BY id')).map(({ id }) => id);
  return { database, effect, effects };
}

async function countsOf(bus: Inspectable): Promise<Record<string, number>> {
  const [subscriptions] = bus.resources() as [InspectableResource];
  const [item] = (await subscriptions.list({ limit: 1 })).items;
  return item?.['counts'] as Record<string, number>;
}

describe.each(ways)('an event that comes five times, %s', (way) => {
  /** The store keeps the same event again and again, as one does whose memory of identities has ended. */
  async function five(options: { inbox?: ReturnType<typeof memoryInbox> | boolean }) {
    const { bus, store, runtime, pass } = shop(way);
    const shopBus = await bus();
    const handled: string[] = [];
    shopBus.subscribe('order.placed', ({ data }) => void handled.push(data.orderId), 'billing', options);
    await pass(0);
    const outsider = store.join();
    await outsider.connect(runtime);
    for (let times = 0; times < 5; times++) {
      await outsider.append([{ ...order(`outside-${times}`), json: order('o-1').json }]);
      await pass(0);
    }
    return { handled, counts: await countsOf(shopBus) };
  }

  it('is handled once with an inbox, and the others are counted', async () => {
    expect(await five({ inbox: memoryInbox() })).toMatchObject({ handled: ['o-1'], counts: { handled: 1, duplicates: 4 } });
    expect(await five({ inbox: true })).toMatchObject({ handled: ['o-1'], counts: { handled: 1, duplicates: 4 } });
  });

  it('control: is handled five times without one', async () => {
    expect((await five({ inbox: false })).handled).toHaveLength(5);
  });
});

describe.each(ways)('an event that comes again while it is being handled, %s', (way) => {
  async function twiceAtOnce(fails: (times: number) => boolean, inbox: ReturnType<typeof memoryInbox> | boolean) {
    const { bus, store, runtime, pass } = shop(way);
    const shopBus = await bus();
    let times = 0;
    const handler = async (): Promise<void> => {
      const mine = ++times;
      await sleep(runtime.clock, 100);
      if (fails(mine)) throw new Error('not this time');
    };
    shopBus.subscribe('order.placed', handler, 'billing', { inbox, maxAttempts: 1 });
    await pass(0);
    const outsider = store.join();
    await outsider.connect(runtime);
    await outsider.append([1, 2, 3].map((copy) => ({ ...order(`outside-${copy}`), json: order('o-1').json })));
    await pass(1_000);
    return { times, counts: await countsOf(shopBus) };
  }

  it.each([
    ['the inbox of the bus', memoryInbox],
    ['that of the transport', () => true],
  ] as const)('waits, and is a duplicate when that went well: with %s', async (_what, inbox) => {
    expect(await twiceAtOnce(() => false, inbox())).toMatchObject({ times: 1, counts: { handled: 1, duplicates: 2 } });
    expect(await twiceAtOnce((times) => times === 1, inbox())).toMatchObject({
      times: 2,
      counts: { handled: 1, deadLettered: 1, duplicates: 1 },
    });
  });
});

describe('an effect in a database', () => {
  it('is committed once with the memory of it, by whichever of two deliveries comes first', async () => {
    const { database, effect, effects } = await ledger();
    const { bus, pass, store, runtime } = shop('asked');
    const outcomes: string[] = [];
    const pause = gate(2);
    /** A member that takes one event at a time. */
    const member = async () => {
      const shopBus = await bus({ inbox: sqliteInbox({ database }) });
      shopBus.subscribe(
        'order.placed',
        async ({ data }, _call, delivery) => {
          await pause.wait();
          try {
            await delivery.commit([effect(data.orderId)]);
            outcomes.push('committed');
          } catch (error) {
            outcomes.push(String((error as { code?: string }).code));
            throw error;
          }
        },
        'billing',
        { concurrency: 1 },
      );
      return shopBus;
    };
    const [one, two] = [await member(), await member()];
    await pass(0);
    const outsider = store.join();
    await outsider.connect(runtime);
    for (const name of ['a', 'b']) await outsider.append([{ ...order(name), json: order('o-1').json }]);
    await eventually('both have tried', async () => {
      await pass(0);
      return outcomes.length === 2;
    });
    expect(outcomes.toSorted()).toEqual(['MESSAGING_ALREADY_HANDLED', 'committed']);
    expect(await effects()).toEqual(['o-1']);
    await eventually('both are settled', async () => {
      await pass(0);
      return (await one.stats())[0]?.running === 0;
    });
    const [mine, others] = [await countsOf(one), await countsOf(two)];
    expect([mine, others].map((counts) => `${counts['handled']} ${counts['duplicates']} ${counts['deadLettered']}`).toSorted()).toEqual([
      '0 1 0',
      '1 0 0',
    ]);
  });

  it('is committed with the acknowledgement on the database of the transport itself', async () => {
    const { database, effect, effects } = await ledger();
    const { bus } = shop();
    const shopBus = await bus({ transport: sqliteTransport({ database }) });
    let attempts = 0;
    shopBus.subscribe(
      'order.placed',
      async ({ data }, _call, delivery) => {
        attempts++;
        await delivery.commit([effect(data.orderId)]);
        throw new Error('too late to fail');
      },
      'billing',
    );
    await shopBus.publish(placed('o-1'));
    await eventually('it is settled', async () => {
      const [stats] = await shopBus.stats();
      return attempts > 0 && stats?.running === 0 && stats.waiting === 0;
    });
    expect([await effects(), attempts]).toEqual([['o-1'], 1]);
    expect((await shopBus.stats())[0]).toMatchObject({ delayed: 0, deadLetters: 0 });
  });

  it('is refused where there is no database, and a failed commit is a failed attempt', async () => {
    const { bus, pass } = shop();
    const shopBus = await bus();
    const codes: unknown[] = [];
    shopBus.subscribe(
      'order.placed',
      async (_event, _call, delivery) => {
        await delivery.commit([]).catch((error: { code: unknown }) => {
          codes.push(error.code);
          throw error;
        });
      },
      'billing',
    );
    await shopBus.publish(placed('o-1'));
    await pass(0);
    expect(codes).toEqual(['CAPABILITY_MISSING']);
    expect((await shopBus.stats())[0]?.deadLetters).toBe(1);
  });
});

it('an inbox that is away holds the event until it answers, and costs no attempt', async () => {
  const { bus, pass, runtime } = shop('asked');
  const inbox = memoryInbox();
  let away = true;
  const shopBus = await bus({
    inbox: {
      ...inbox,
      connect: () => inbox.connect(runtime),
      handled: (...given) =>
        away ? Promise.reject(coreError('STORE_UNAVAILABLE', { store: 'inbox', problem: 'away' })) : inbox.handled(...given),
    },
  });
  const attempts: number[] = [];
  shopBus.subscribe('order.placed', (_event, call) => void attempts.push(call.attempt), 'billing');
  await shopBus.publish(placed('o-1'));
  await pass(60_000);
  expect(attempts).toEqual([]);
  away = false;
  await pass(10_000);
  expect(attempts).toEqual([1]);
});

/** Lets everybody through when so many have come. */
function gate(count: number) {
  const waiting: (() => void)[] = [];
  return {
    wait: () =>
      new Promise<void>((resolve) => {
        waiting.push(resolve);
        if (waiting.length === count) for (const go of waiting) go();
      }),
  };
}
