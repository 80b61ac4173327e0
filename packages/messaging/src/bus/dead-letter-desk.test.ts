import { Call, coreError, everyTenant } from '@tutti/core';
import { describe, expect, it } from 'vitest';
import { placed, shop } from '../../test/shop.ts';
import type { DeadLetterSelection } from './dead-letter-selection.ts';

/** A shop with a hundred orders given up: forty of acme, the others of nobody; every tenth for another reason. */
async function desk() {
  const { bus, pass, runtime } = shop();
  const shopBus = await bus();
  const state = { broken: true };
  const handled: { orderId: string; replayedfrom: string | undefined; attempt: number }[] = [];
  shopBus.subscribe(
    'order.placed',
    (event, call, delivery) => {
      if (!state.broken) handled.push({ orderId: event.data.orderId, replayedfrom: event.replayedfrom, attempt: delivery.attempt });
      else if (event.data.items % 10 === 0) throw coreError('INVALID_DATA', { path: 'address', problem: 'is unknown' });
      else throw Object.assign(coreError('TERMINAL', { reason: 'no such street' }), { call });
    },
    'billing',
  );
  const acme = Call.root({ runtime, tenant: 'acme' });
  for (let index = 0; index < 100; index++) {
    await shopBus.publish({ ...placed(`o-${index}`), data: { orderId: `o-${index}`, items: index } }, index < 40 ? acme : undefined);
    if (index === 49) await pass(60_000);
  }
  await pass(1_000);
  return { letters: shopBus.deadLetters, state, handled, pass, runtime };
}

describe('the dead letter desk', () => {
  it('replays exactly those that are selected, once, with where they come from', async () => {
    const { letters, state, handled, pass } = await desk();
    state.broken = false;
    expect(await letters.replay({ tenant: 'acme', group: 'billing' })).toEqual({ matched: 40, done: 40 });
    await pass(1_000);
    expect(handled.map(({ orderId }) => orderId)).toEqual(Array.from({ length: 40 }, (_, index) => `o-${index}`));
    expect(handled.every(({ replayedfrom, attempt }) => typeof replayedfrom === 'string' && attempt === 1)).toBe(true);
    expect(await letters.replay({ tenant: 'acme' })).toEqual({ matched: 0, done: 0 });
    expect((await letters.list({ tenant: everyTenant })).items).toHaveLength(60);
  });

  it.each<[string, Omit<DeadLetterSelection, 'tenant'>, number]>([
    ['everything', {}, 100],
    ['a code', { code: 'INVALID_DATA' }, 10],
    ['a key', { subject: 'o-7' }, 1],
    ['a type', { type: 'order.placed' }, 100],
    ['another type', { type: 'order.cancelled' }, 0],
    ['a source', { source: 'elsewhere' }, 0],
    ['a reason', { reason: 'final' }, 100],
    ['another reason', { reason: 'version' }, 0],
    ['a pattern and a group', { pattern: 'order.placed', group: 'billing' }, 100],
    ['another group', { group: 'shipping' }, 0],
    ['those of before', { until: '2023-11-14T22:13:30.000Z' }, 50],
    ['those of since then', { since: '2023-11-14T22:13:30.000Z' }, 50],
    ['two conditions at once', { code: 'INVALID_DATA', since: '2023-11-14T22:13:30.000Z' }, 5],
  ])('selects by %s', async (_what, selection, matched) => {
    const { letters } = await desk();
    expect(await letters.discard({ tenant: everyTenant, ...selection }, { dryRun: true })).toEqual({ matched, done: 0 });
    expect((await letters.list({ tenant: everyTenant, limit: 200 })).items).toHaveLength(100);
    expect(await letters.discard({ tenant: everyTenant, ...selection })).toEqual({ matched, done: matched });
    expect((await letters.list({ tenant: everyTenant, limit: 200 })).items).toHaveLength(100 - matched);
  });

  it('never shows nor touches a letter of another tenant', async () => {
    const { letters } = await desk();
    const own = (await letters.list({ tenant: 'acme', limit: 200 })).items;
    expect(own).toHaveLength(40);
    const foreign = (await letters.list({ tenant: everyTenant, limit: 200 })).items.find(
      ({ id }) => !own.some((letter) => letter.id === id),
    );
    const ids = [String(foreign?.id)];
    expect(await letters.inspect(String(foreign?.id), { tenant: 'acme' })).toBeUndefined();
    expect(await letters.inspect(String(foreign?.id), { tenant: everyTenant })).toEqual(foreign);
    expect(await letters.replay({ tenant: 'acme', ids })).toEqual({ matched: 0, done: 0 });
    expect(await letters.discard({ tenant: 'acme', ids })).toEqual({ matched: 0, done: 0 });
    // @ts-expect-error the tenant cannot be left out
    await expect(letters.list({ limit: 1 })).rejects.toMatchObject({
      code: 'INVALID_OPTIONS',
      details: { path: 'deadLetters.list.tenant' },
    });
  });

  it('lists in pages that hold what was asked for, whatever lies between', async () => {
    const { letters } = await desk();
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await letters.list({ tenant: everyTenant, code: 'INVALID_DATA', limit: 3, ...(after !== undefined && { after }) });
      expect(page.items.length).toBeLessThanOrEqual(3);
      seen.push(...page.items.map(({ event }) => (event as { subject: string }).subject));
      after = page.next;
    } while (after !== undefined);
    expect(seen).toEqual(Array.from({ length: 10 }, (_, index) => `o-${index * 10}`));
  });

  it('replays at the pace it is told, and no more than it is told', async () => {
    const { letters, state, handled, pass, runtime } = await desk();
    state.broken = false;
    const startedAt = runtime.clock.now();
    const replaying = letters.replay({ tenant: everyTenant }, { perSecond: 10, limit: 25 });
    await pass(1_000);
    expect(handled.length).toBeGreaterThanOrEqual(10);
    expect(handled.length).toBeLessThanOrEqual(11);
    await pass(10_000);
    expect(await replaying).toEqual({ matched: 25, done: 25 });
    expect(handled).toHaveLength(25);
    expect(runtime.clock.now() - startedAt).toBeGreaterThanOrEqual(2_400);
  });

  it.each([
    ['an unknown condition', { tenant: 'acme', colour: 'red' }, 'deadLetters.replay.colour'],
    ['no tenant', { group: 'billing' }, 'deadLetters.replay.tenant'],
    ['an empty tenant', { tenant: '' }, 'deadLetters.replay.tenant'],
    ['a time that is none', { tenant: 'acme', since: 'yesterday' }, 'deadLetters.replay.since'],
    ['an unknown reason', { tenant: 'acme', reason: 'bored' }, 'deadLetters.replay.reason'],
  ])('refuses %s', async (_what, selection, path) => {
    const { letters } = await desk();
    await expect(letters.replay(selection as DeadLetterSelection)).rejects.toMatchObject({ code: 'INVALID_OPTIONS', details: { path } });
  });
});
