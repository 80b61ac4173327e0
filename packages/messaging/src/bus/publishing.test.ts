import { coreError, sleep } from '@tutti/core';
import { describe, expect, it } from 'vitest';
import { asked, events, placed, shop } from '../../test/shop.ts';
import { memoryTransport } from '../adapters/memory.ts';
import type { EventTransport } from '../transport/event-transport.ts';
import { EventBus } from './event-bus.ts';
import type { PublishingOptions } from './publishing-options.ts';

/** A store that is away until it is told to be there; what it takes is seen. */
async function moody(publishing: PublishingOptions) {
  const { store, runtime, pass } = shop();
  const member = asked(store.join());
  const state = { away: true, taken: [] as string[] };
  const append: EventTransport['append'] = async (batch) => {
    if (state.away) throw coreError('STORE_UNAVAILABLE', { store: 'moody', problem: 'away', sent: true });
    state.taken.push(...batch.map(({ event, fresh }) => `${(event.data as { orderId: string }).orderId}${fresh ? '' : ' again'}`));
    return member.append(batch);
  };
  const bus = new EventBus({ events, runtime, transport: { ...member, append }, publishing });
  await bus.start();
  return { bus, pass, state };
}

describe('a publisher', () => {
  it('fails fast while the store is away', async () => {
    const { bus } = await moody({});
    await expect(bus.publish(placed('o-1'))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });

  it('keeps events for a store that is away when it is asked to, and stores them in their order', async () => {
    const { bus, pass, state } = await moody({ whenAway: 'wait' });
    const first = bus.publish(placed('o-1'));
    await pass(100);
    const later = [bus.publish(placed('o-2')), bus.publish(placed('o-3'))];
    await pass(10_000);
    state.away = false;
    await pass(5_000);
    await Promise.all([first, ...later]);
    expect(state.taken).toEqual(['o-1 again', 'o-2', 'o-3']);
  });

  it('keeps no more than it may, and refuses the others', async () => {
    const { bus, pass, state } = await moody({ whenAway: 'wait', maxInFlight: 2 });
    const kept = [bus.publish(placed('o-1')), bus.publish(placed('o-2'))];
    await expect(bus.publish(placed('o-3'))).rejects.toMatchObject({ code: 'MESSAGING_BACKPRESSURE', retryable: true });
    state.away = false;
    await pass(5_000);
    await Promise.all(kept);
    await bus.publish(placed('o-4'));
    expect(state.taken).toEqual(['o-1 again', 'o-2 again', 'o-4']);
  });

  it('waits for room when it is asked to, first come first served', async () => {
    const { bus, pass, state } = await moody({ whenAway: 'wait', whenFull: 'wait', maxInFlight: 1 });
    const all = ['o-1', 'o-2', 'o-3'].map((id) => bus.publish(placed(id)));
    await pass(100);
    state.away = false;
    await pass(5_000);
    await Promise.all(all);
    expect(state.taken).toEqual(['o-1 again', 'o-2', 'o-3']);
  });

  it('gives up what waits for the store when the bus has drained long enough', async () => {
    const { bus, pass } = await moody({ whenAway: 'wait' });
    const publishing = bus.publish(placed('o-1'));
    const failed = expect(publishing).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await pass(100);
    const stopping = bus.stop();
    await pass(60_000);
    await stopping;
    await failed;
  });

  it('is refused when too much waits in memory, which loses nothing', async () => {
    const { runtime, pass } = shop();
    const bus = new EventBus({ events, runtime, transport: memoryTransport({ maxWaiting: 3 }) });
    await bus.start();
    const finish: (() => void)[] = [];
    const heard: string[] = [];
    bus.subscribe(
      'order.placed',
      ({ data }) => new Promise<void>((resolve) => finish.push(() => resolve(void heard.push(data.orderId)))),
      'slow',
    );
    await pass(0);
    for (const id of ['o-1', 'o-2', 'o-3']) await bus.publish(placed(id));
    await expect(bus.publish(placed('o-4'))).rejects.toMatchObject({ code: 'MESSAGING_BACKPRESSURE' });
    for (const end of finish.splice(0)) end();
    await pass(0);
    await bus.publish(placed('o-4'));
    for (const end of finish.splice(0)) end();
    await pass(0);
    expect(heard).toEqual(['o-1', 'o-2', 'o-3', 'o-4']);
  });

  it('waits until memory has room when it is asked to, and more in one turn than it ever has', async () => {
    const { runtime, pass } = shop();
    const bus = new EventBus({ events, runtime, transport: memoryTransport({ maxWaiting: 3 }), publishing: { whenFull: 'wait' } });
    const heard: string[] = [];
    bus.subscribe(
      'order.placed',
      async ({ data }) => {
        await sleep(runtime.clock, 100);
        heard.push(data.orderId);
      },
      'slow',
      { concurrency: 1 },
    );
    await bus.start();
    const ids = Array.from({ length: 10 }, (_, index) => `o-${index}`);
    let stored = 0;
    const all = ids.map((id) => bus.publish(placed(id)).then(() => stored++));
    await pass(10);
    expect(stored).toBeLessThanOrEqual(3);
    await pass(60_000);
    await Promise.all(all);
    expect(heard).toEqual(ids);
  });

  it('says an event of the first priority before others that wait', async () => {
    const { bus, pass } = shop('asked');
    const shopBus = await bus();
    await shopBus.publish({ ...placed('low'), priority: 'low' });
    await shopBus.publish(placed('normal'));
    await shopBus.publish({ ...placed('high'), priority: 'high' });
    const heard: string[] = [];
    shopBus.subscribe('order.placed', ({ data }) => void heard.push(data.orderId), 'g', { from: 'beginning', concurrency: 1 });
    await pass(0);
    expect(heard).toEqual(['high', 'normal', 'low']);
  });
});
