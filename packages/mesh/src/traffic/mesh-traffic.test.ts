import { memoryConfigStore, type TrafficPlan } from '@tutti/core';
import { testRuntime } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { FakeRegistry } from '../../test/fake-registry.ts';
import { SleepyReplica } from '../../test/sleepy-replica.ts';
import { planKey } from './followed-plan.ts';
import type { MeshTrafficOptions } from './traffic-options.ts';

const plan = (canary: number): TrafficPlan => ({ serviceName: 'voice', weights: { stable: 100 - canary, canary } });
const replicasName = 'tutti-mesh-replicas';

async function house(count: number, options: Partial<MeshTrafficOptions> = {}) {
  const runtime = testRuntime();
  const store = memoryConfigStore({ runtime });
  const registry = new FakeRegistry();
  const replicas = Array.from({ length: count }, (_, n) => new SleepyReplica({ runtime, store, registry }, `r${n}`, options));
  for (const { traffic } of replicas) {
    await traffic.start();
    traffic.follow('voice');
  }
  await runtime.clock.advance(0);
  const [first, second] = replicas as [SleepyReplica, SleepyReplica];
  const record = (instanceId: string) => registry.endpoints.get(`${replicasName}/${instanceId}`);
  /** As the registry does it, when a lease has run out. */
  const expire = async (instanceId: string): Promise<void> => {
    const endpoint = record(instanceId);
    if (endpoint) await registry.deregister(endpoint);
  };
  return { runtime, clock: runtime.clock, store, registry, replicas, first, second, record, expire };
}

/** Resolves with what the promise came to, once the clock has moved by `ms`; `undefined` when it is pending still. */
async function after<T>(clock: { advance(ms: number): Promise<void> }, ms: number, promise: Promise<T>): Promise<T | undefined> {
  let value: T | undefined;
  void promise.then((settled) => {
    value = settled;
  });
  await clock.advance(ms);
  return value;
}

describe('a plan that was applied', () => {
  it('is followed by all replicas at once, and acknowledged when none can follow an older one any more', async () => {
    const { clock, first, replicas, record } = await house(3);
    expect(replicas.map((each) => each.pick(true))).toEqual([0, 0, 0]);
    const revision = await first.traffic.apply(plan(5), 0, 'ada');
    await clock.advance(0);
    expect(replicas.map((each) => each.pick(true))).toEqual([1, 1, 1]);
    expect(record('r2')?.metadata).toEqual({ 'applied/voice': '1' });
    const acknowledged = first.traffic.acknowledged('voice', revision, '30s');
    expect(await after(clock, 1_900, acknowledged)).toBeUndefined();
    expect(await after(clock, 100, acknowledged)).toEqual({ lagging: [] });
  });

  it('is refused whole when anything is wrong with it, or somebody was faster, and then nothing is written', async () => {
    const { first, second, store } = await house(2);
    await first.traffic.apply(plan(5), 0);
    await expect(second.traffic.apply({ ...plan(25), weights: { stable: -1 } }, 1)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      details: { path: 'plan.weights.stable' },
    });
    await expect(second.traffic.apply(plan(25), 0)).rejects.toMatchObject({ code: 'CONFIG_CONFLICT', details: { currentRevision: 1 } });
    expect(await store.get(planKey('voice'))).toMatchObject({ revision: 1, value: plan(5) });
  });

  it('can be rolled back to, and is remembered with who wrote it', async () => {
    const { clock, first, second } = await house(2);
    await first.traffic.apply(plan(5), 0, 'ada');
    await first.traffic.apply(plan(50), 1, 'ada');
    expect(await second.traffic.rollback('voice', 1, 'ben')).toBe(3);
    await clock.advance(0);
    expect(first.traffic.follow('voice').active).toMatchObject({ revision: 3, plan: plan(5) });
    expect(await first.traffic.history('voice', 2)).toMatchObject([
      { revision: 3, plan: plan(5), actor: 'ben' },
      { revision: 2, plan: plan(50), actor: 'ada' },
    ]);
    await expect(first.traffic.rollback('voice', 9, 'ben')).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      details: { path: 'toRevision' },
    });
  });
});

describe('a replica that stands still', () => {
  it('is named after the deadline while its record is there', async () => {
    const { clock, first, second } = await house(3);
    second.sleep();
    const revision = await first.traffic.apply(plan(5), 0);
    const acknowledged = first.traffic.acknowledged('voice', revision, '5s');
    expect(await after(clock, 4_900, acknowledged)).toBeUndefined();
    expect(await after(clock, 100, acknowledged)).toEqual({ lagging: ['r1'] });
  });

  it('for so long that its record has ended reads the store before it routes; without the fence it would follow the old plan', async () => {
    const { clock, first, second, expire } = await house(2);
    second.sleep();
    const acknowledged = first.traffic.acknowledged('voice', await first.traffic.apply(plan(5), 0), '30s');
    await clock.advance(5_000);
    await expire('r1');
    expect(await after(clock, 0, acknowledged)).toEqual({ lagging: [] });

    expect(second.pick(false)).toBe(0); // what it would do without the fence
    expect(second.pick(true)).toBeUndefined();
    second.wake();
    await second.traffic.refresh();
    expect(second.pick(true)).toBe(1);
  });

  it('does not take a reading that was begun before for one of now, whatever became of it', async () => {
    const { clock, first, second } = await house(2);
    for (const storeIsAway of [false, true]) {
      await clock.advance(10_000);
      const old = second.pick(true) ?? -1;
      second.storeIsAway = storeIsAway;
      const reading = second.traffic.refresh();
      second.sleep();
      await first.traffic.apply(plan(5), old);
      await clock.advance(10_000);
      second.storeIsAway = false;
      second.wake();
      expect(second.pick(true)).toBeUndefined();
      await reading;
      expect(second.pick(true)).toBe(old + 1);
    }
  });
});

it('counts a reading from when it was begun: what it brings after a sleep, before the news of a watch, is what stood there before', async () => {
  const runtime = testRuntime();
  const store = memoryConfigStore({ runtime });
  const delayMs = (of: 'answer' | 'news'): number => (of === 'answer' ? 100 : 60_000);
  const replica = new SleepyReplica({ runtime, store, registry: new FakeRegistry(), delayMs }, 'r0');
  await replica.traffic.start();
  replica.traffic.follow('voice');
  await runtime.clock.advance(5_000);
  expect(replica.pick(true)).toBe(0);
  const reading = replica.traffic.refresh();
  replica.sleep();
  await store.put(planKey('voice'), plan(5), 0, 'ada');
  await runtime.clock.advance(10_000);
  replica.wake();
  await runtime.clock.advance(50);
  expect(replica.pick(false)).toBe(0);
  expect(replica.pick(true)).toBeUndefined();
  await runtime.clock.advance(100);
  await reading;
  expect(replica.pick(true)).toBe(1);
});

describe('a store that is away', () => {
  it('leaves the last plan in use, which the record and the health say, and the replica is named', async () => {
    const { clock, first, second, record } = await house(2);
    await first.traffic.apply(plan(5), 0);
    await clock.advance(1_000);
    second.storeIsAway = true;
    await clock.advance(60_000);
    expect(second.pick(true)).toBe(1);
    expect(record('r1')?.metadata).toEqual({ 'applied/voice': '1', store: 'away' });
    expect(await second.traffic.health()).toMatchObject({ status: 'degraded', reason: expect.stringContaining('it is away') });
    expect(second.logged).toEqual(['warn: traffic plans cannot be read; the last ones stay']);

    const revision = await first.traffic.apply(plan(25), 1);
    const acknowledged = first.traffic.acknowledged('voice', revision, '5s');
    expect(await after(clock, 5_000, acknowledged)).toEqual({ lagging: ['r1'] });
    second.storeIsAway = false;
    await clock.advance(1_000);
    expect(second.pick(true)).toBe(2);
    expect(record('r1')?.metadata).toEqual({ 'applied/voice': '2' });
    expect(await second.traffic.health()).toEqual({ status: 'healthy' });
  });

  it('is no excuse for who stood still until its record could have ended: it routes nothing before it has read', async () => {
    const { clock, first, second } = await house(2);
    for (const [pauseMs, kept] of [
      [4_000, true],
      [6_000, false],
    ] as const) {
      second.storeIsAway = true;
      await clock.advance(3_000);
      const old = second.pick(true) ?? -1;
      second.sleep();
      await first.traffic.apply(plan(5), old);
      await clock.advance(pauseMs);
      const woken = second.pick(true);
      second.wake();
      expect(woken).toBe(kept ? old : undefined);
      await clock.advance(10_000);
      expect(second.pick(true)).toBe(woken);
      if (!kept) await expect(second.traffic.refresh()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      second.storeIsAway = false;
      await second.traffic.refresh();
      expect(second.pick(true)).toBe(old + 1);
    }
  });

  it('or hangs, does not hold up a request for longer than a third of freshFor', async () => {
    const { clock, first, store } = await house(1);
    const { get } = store;
    store.get = () => new Promise(() => {});
    await clock.advance(10_000);
    expect(first.pick(true)).toBe(0);
    store.get = get;
    await clock.advance(1_500);
    expect(await first.traffic.health()).toEqual({ status: 'healthy' });
  });

  it('has nothing routed where that is asked for, until it is back', async () => {
    const { clock, second } = await house(2, { whenStoreIsAway: 'refuse' });
    second.storeIsAway = true;
    await clock.advance(1_000);
    expect(second.pick(true)).toBe(0);
    await clock.advance(1_100);
    expect(second.pick(true)).toBeUndefined();
    await expect(second.traffic.refresh()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', failure: 'unreachable' });
    second.storeIsAway = false;
    await second.traffic.refresh();
    expect(second.pick(true)).toBe(0);
  });

  it('from the beginning keeps everybody waiting, because nobody knows that there is no plan', async () => {
    const { clock, first } = await house(1);
    first.storeIsAway = true;
    const mail = first.traffic.follow('mail');
    await clock.advance(10_000);
    expect(mail.known).toBe(false);
    first.storeIsAway = false;
    await clock.advance(1_000);
    await mail.ready();
  });
});

describe('junk in the store', () => {
  it('leaves the last good plan in use, is visible, and is never acknowledged; a good plan ends it', async () => {
    const { clock, first, second, store, record } = await house(2);
    await first.traffic.apply(plan(5), 0);
    await store.put(planKey('voice'), { serviceName: 'voice', weights: 'all' }, 1, 'somebody');
    await clock.advance(0);
    const { active, refused } = second.traffic.follow('voice');
    expect(active.revision).toBe(1);
    expect(refused).toEqual({ revision: 2, problem: "plan.weights must be an object, got 'all'" });
    expect(record('r1')?.metadata).toEqual({ 'applied/voice': '1', 'refused/voice': '2' });
    expect(await second.traffic.health()).toMatchObject({ status: 'degraded', reason: expect.stringContaining('plan.weights') });
    expect(second.logged).toEqual(['error: a traffic plan cannot be read; the last good one stays']);
    expect(await first.traffic.history('voice', 1)).toMatchObject([{ revision: 2, problem: expect.stringContaining('plan.weights') }]);
    expect(await after(clock, 5_000, first.traffic.acknowledged('voice', 2, '5s'))).toEqual({ lagging: ['r0', 'r1'] });

    expect(await first.traffic.apply(plan(25), 2)).toBe(3);
    await clock.advance(0);
    expect(second.traffic.follow('voice')).toMatchObject({ active: { revision: 3 }, refused: undefined });
    expect(await after(clock, 5_000, first.traffic.acknowledged('voice', 3, '5s'))).toEqual({ lagging: [] });
    await expect(first.traffic.rollback('voice', 2, 'ada')).rejects.toMatchObject({ details: { path: 'plan.weights' } });
    expect((await first.traffic.history('voice', 1))[0]?.revision).toBe(3);
  });

  it.each([null, 7, { serviceName: 'mail', weights: {} }])('like %j is no plan', async (junk) => {
    const { clock, first, store } = await house(1);
    await store.put(planKey('voice'), junk, 0, 'somebody');
    await clock.advance(0);
    expect(first.traffic.follow('voice')).toMatchObject({ known: true, active: { revision: 0 }, refused: { revision: 1 } });
  });
});

describe('acknowledged', () => {
  it('waits for nobody who does not follow the service, and for those whose record says nothing that can be read', async () => {
    const { clock, first, second, registry, record } = await house(2);
    await first.traffic.apply({ ...plan(5), serviceName: 'mail' }, 0);
    first.traffic.follow('mail');
    await clock.advance(0);
    expect(await after(clock, 3_000, first.traffic.acknowledged('mail', 1, '3s'))).toEqual({ lagging: [] });
    for (const junk of ['', 'new', '-1', 'NaN']) {
      const endpoint = record('r1');
      if (endpoint) registry.put({ ...endpoint, metadata: { 'applied/mail': junk } });
      expect(await after(clock, 3_000, first.traffic.acknowledged('mail', 1, '3s'))).toEqual({ lagging: ['r1'] });
    }
    await second.traffic.stop();
    expect(await after(clock, 3_000, first.traffic.acknowledged('mail', 1, '3s'))).toEqual({ lagging: [] });
  });

  it('refuses what could not be true', async () => {
    const { first } = await house(1);
    await first.traffic.apply(plan(5), 0);
    const path = (name: string) => ({ code: 'INVALID_ARGUMENT', details: { path: name } });
    await expect(first.traffic.acknowledged('voice', 2, '5s')).rejects.toMatchObject(path('revision'));
    await expect(first.traffic.acknowledged('voice', 0, '5s')).rejects.toMatchObject(path('revision'));
    await expect(first.traffic.acknowledged('voice', 1, '1s')).rejects.toMatchObject(path('deadline'));
    await expect(first.traffic.acknowledged('', 1, '5s')).rejects.toMatchObject(path('serviceName'));
  });

  it('does not take silence of the registry for nobody', async () => {
    const runtime = testRuntime();
    const store = memoryConfigStore({ runtime });
    const silent = new FakeRegistry({ answers: false });
    const { traffic } = new SleepyReplica({ runtime, store, registry: silent }, 'r0');
    await traffic.start();
    await traffic.apply(plan(5), 0);
    const acknowledged = expect(traffic.acknowledged('voice', 1, '5s')).rejects.toMatchObject({ code: 'TIMEOUT' });
    await runtime.clock.advance(5_000);
    await acknowledged;
  });
});

describe('the record of a replica', () => {
  it('is written when the registry is back, and until then the health says that it is not', async () => {
    const { clock, first, record } = await house(1);
    first.registryIsAway = true;
    await first.traffic.apply(plan(5), 0);
    await clock.advance(5_000);
    expect(record('r0')?.metadata).toEqual({ 'applied/voice': '0' });
    expect(await first.traffic.health()).toMatchObject({
      status: 'degraded',
      reason: expect.stringContaining('does not know this replica'),
    });
    expect(first.logged).toEqual(['warn: the record of this replica cannot be written; trying on']);
    first.registryIsAway = false;
    await clock.advance(1_200);
    expect(record('r0')?.metadata).toEqual({ 'applied/voice': '1' });
  });

  it('is taken back at stop, which does not fail when the registry is away', async () => {
    const { first, second, record, registry } = await house(2);
    await first.traffic.stop();
    expect(record('r0')).toBeUndefined();
    second.registryIsAway = true;
    await second.traffic.stop();
    expect(second.logged).toEqual(['warn: the record of this replica could not be taken back; it will expire']);
    expect(registry.watchers).toBe(0);
  });
});

it('works only between start and stop, and then keeps nobody waiting', async () => {
  const { first } = await house(1);
  first.storeIsAway = true;
  const waiting = expect(first.traffic.follow('mail').ready()).rejects.toMatchObject({ code: 'NOT_RUNNING' });
  await first.traffic.stop();
  await waiting;
  expect(() => first.traffic.follow('voice')).toThrow(expect.objectContaining({ code: 'NOT_RUNNING' }));
  await expect(first.traffic.acknowledged('voice', 1, '5s')).rejects.toMatchObject({ code: 'NOT_RUNNING' });
});

it.each([
  [{ freshFor: '99ms' }, "mesh.traffic.freshFor must be at least 100ms, got '99ms'"],
  [{ freshFor: '6s' }, "mesh.traffic.freshFor must be at most half of ttl, '10s', got '6s'"],
  [{ whenStoreIsAway: 'stop' }, "mesh.traffic.whenStoreIsAway must be 'keep' or 'refuse', got 'stop'"],
  [{ store: {} }, 'mesh.traffic.store must be a ConfigStore, got an object without get, put, history, rollback, watch'],
  [{ fresh: '2s' }, /^mesh\.traffic\.fresh is not an option/],
])('refuses the options %j', async (options, message) => {
  await expect(house(1, options as never)).rejects.toThrow(message);
});
