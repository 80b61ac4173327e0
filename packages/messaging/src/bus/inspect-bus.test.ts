import { coreError, type InspectableAction, type InspectableResource } from '@tutti/core';
import { checkLaws, inspectableLaws } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { placed, shop } from '../../test/shop.ts';

describe('what a bus shows of itself', () => {
  async function brokenShop(orders: number) {
    const { bus, pass } = shop();
    const shopBus = await bus();
    const state = { broken: true };
    const handler = (): void => {
      if (state.broken) throw coreError('INVALID_DATA', { path: 'address', problem: 'is unknown' });
    };
    shopBus.subscribe('order.placed', handler, 'billing');
    shopBus.subscribe('order.*', () => {}, 'shipping');
    for (let order = 0; order < orders; order++) await shopBus.publish({ ...placed(`o-${order}`), id: `e-${order}` });
    await pass(0);
    const resource = (name: string) => shopBus.resources().find((each) => each.name === name) as InspectableResource;
    const action = (name: string) => shopBus.actions().find((each) => each.name === name) as InspectableAction;
    return { action, pass, resource, state, shopBus };
  }

  checkLaws(it, inspectableLaws, async () => {
    const { shopBus } = await brokenShop(3);
    shopBus.subscribe('user.created', () => {}, 'welcome');
    return { inspectable: shopBus };
  });

  it('are its subscriptions, page by page', async () => {
    const { resource } = await brokenShop(0);
    const first = await resource('subscriptions').list({ limit: 1 });
    expect(first).toEqual({
      items: [
        {
          id: 'billing (order.placed)',
          group: 'billing',
          pattern: 'order.placed',
          running: 0,
          health: { status: 'healthy' },
          counts: expect.objectContaining({ handled: 0, deadLettered: 0 }),
        },
      ],
      next: 'billing (order.placed)',
    });
    const second = await resource('subscriptions').list({ limit: 1, after: String(first.next) });
    expect([second.items.map(({ id }) => id), second.next]).toEqual([['shipping (order.*)'], undefined]);
  });

  it('are dead letters without stacks, which can be replayed and discarded one by one', async () => {
    const { action, pass, resource, state } = await brokenShop(3);
    const letters = await resource('dead letters').list({ limit: 2 });
    expect(letters.items.map(({ failure }) => failure)).toEqual(Array(2).fill({ message: 'address is unknown', code: 'INVALID_DATA' }));
    const [one, two] = letters.items.map(({ id }) => String(id)) as [string, string];
    state.broken = false;
    const by = { actor: 'ada', reason: 'the address book is mended' };
    expect(await action('replay').run({ ...by, target: one })).toEqual({ replayed: 1 });
    expect(await action('discard').run({ ...by, target: two })).toEqual({ discarded: 1 });
    expect(await action('replay').run({ ...by, target: one })).toEqual({ replayed: 0 });
    await pass(0);
    const left = await resource('dead letters').list({ limit: 10, after: String(letters.next) });
    expect(left.items).toMatchObject([{ group: 'billing', event: { id: 'e-2' } }]);
    expect((await resource('dead letters').list({ limit: 10 })).items).toHaveLength(1);
  });
});
