import type { Call, Endpoint, EndpointChange, MetricLabels } from '@tutti/core';
import { type TestRuntime, testRuntime } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { memoryBackend } from '../adapters/memory.ts';
import { MemoryRegistry } from '../adapters/memory-registry.ts';
import type { DiscoveryBackend, RegistryChange } from '../backend/discovery-backend.ts';
import { ServiceDiscovery, type ServiceDiscoveryOptions } from '../index.ts';
import { endpointOf } from '../testing/endpoint-of.ts';
import { faultyBackend } from '../testing/faulty-backend.ts';

const long = 3_600_000;
const minute = 60_000;

interface Scene extends AsyncDisposable {
  readonly runtime: TestRuntime;
  readonly registry: DiscoveryBackend;
  readonly discovery: ServiceDiscovery;
  readonly heard: EndpointChange[];
  /** Endpoints that do not answer when they are asked. */
  readonly dead: Set<string>;
  readonly asked: string[];
  readonly counts: Map<string, number>;
  begin(count: number, ttlMs?: number): Promise<void>;
  /** Says the change as the registry would, whatever is in it. */
  say(change: RegistryChange): void;
  found(): readonly string[];
  suspects(): Promise<readonly string[]>;
}

const id = (index: number): string => `i${String(index).padStart(3, '0')}`;

function scene(options: Partial<ServiceDiscoveryOptions> = {}): Scene {
  const counts = new Map<string, number>();
  const add = (name: string, by: number, labels: MetricLabels = {}): unknown => {
    const key = [name, ...Object.values(labels)].join(' ');
    return counts.set(key, (counts.get(key) ?? 0) + by);
  };
  const metrics = { count: add, gauge: () => {}, observe: () => {} };
  const runtime = { ...testRuntime(), telemetry: { tracer: undefined, metrics } };
  const shared = new MemoryRegistry({ runtime });
  const registry = memoryBackend({ registry: shared });
  const dead = new Set<string>();
  const asked: string[] = [];
  let say: (change: RegistryChange) => void = () => {};
  const line = faultyBackend(memoryBackend({ registry: shared }));
  const watch: DiscoveryBackend['watch'] = (name, listener, signal) => {
    say = listener;
    return line.watch(name, listener, signal);
  };
  const probe = ({ instanceId }: { instanceId: string }): { kind: 'function'; check(call: Call): Promise<void> } => ({
    kind: 'function',
    async check() {
      asked.push(instanceId);
      if (dead.has(instanceId)) throw new Error('refused');
    },
  });
  const discovery = new ServiceDiscovery({ backend: { ...line, watch }, runtime, selfPreservation: { probe }, ...options });
  const heard: EndpointChange[] = [];
  discovery.watchEndpoints('voice', (change) => heard.push(change));
  return {
    runtime,
    registry,
    discovery,
    heard,
    dead,
    asked,
    counts,
    async begin(count, ttlMs = long) {
      for (let index = 0; index < count; index++) await registry.put(endpointOf(id(index), '1'), ttlMs);
      await discovery.ready('voice');
    },
    say: (change) => say(change),
    found: () => discovery.lookup('voice').map(({ instanceId }) => instanceId),
    suspects: async () => (await discovery.getService('voice', { suspects: 'only' })).map(({ instanceId }) => instanceId),
    [Symbol.asyncDispose]: () => discovery.stop(),
  };
}

const ids = (from: number, to: number): readonly string[] => Array.from({ length: to - from }, (_none, index) => id(from + index));
const expired = (index: number): RegistryChange => ({
  kind: 'remove',
  endpoint: { serviceName: 'voice', instanceId: id(index), incarnation: `${id(index)}#1` },
});

describe('when half of a service vanishes within a second', () => {
  it('all of it is kept, half of it suspect, whichever way the registry says so', async () => {
    for (const way of ['one by one', 'as a snapshot'] as const) {
      await using one = scene();
      await one.begin(20);
      if (way === 'as a snapshot') one.say({ kind: 'snapshot', endpoints: ids(10, 20).map((name) => endpointOf(name, '1')) });
      else
        for (let index = 0; index < 10; index++) {
          one.say(expired(index));
          await one.runtime.clock.advance(90);
        }
      await one.runtime.clock.advance(minute);
      expect(one.found().toSorted()).toEqual(ids(0, 20));
      expect((await one.suspects()).toSorted()).toEqual(ids(0, 10));
      expect(one.heard.some(({ kind }) => kind === 'remove')).toBe(false);
    }
  });

  it('is visible: in the health, the inspection and the metrics', async () => {
    await using one = scene();
    await one.begin(10);
    for (let index = 0; index < 5; index++) one.say(expired(index));
    expect(await one.discovery.health()).toMatchObject({
      status: 'degraded',
      reason: expect.stringContaining('the registry is doubted: 5 of 10 endpoints are suspect'),
    });
    const [endpoints, services] = one.discovery.resources();
    expect((await services?.list({ limit: 1 }))?.items[0]).toMatchObject({ id: 'voice', endpoints: 10, suspects: 5 });
    expect((await endpoints?.list({ limit: 10 }))?.items.map((item) => item['suspect'] ?? false)).toEqual(
      ids(0, 10).map((_id, index) => index < 5),
    );
    expect(one.counts.get('tutti_discovery_self_preservations_total voice')).toBe(1);
  });

  it('suspects are asked by this process, and who does not answer is gone', async () => {
    await using one = scene();
    await one.begin(10);
    for (const index of [0, 1]) one.dead.add(id(index));
    for (let index = 0; index < 5; index++) one.say(expired(index));
    await one.runtime.clock.advance(1_100);
    expect(new Set(one.asked)).toEqual(new Set(ids(0, 5)));
    expect(one.found().toSorted()).toEqual(ids(2, 10));
    one.dead.add(id(2)); // three failures in a row, ten seconds apart
    await one.runtime.clock.advance(35_000);
    expect(one.found().toSorted()).toEqual(ids(3, 10));
    expect(one.counts.get('tutti_discovery_doubts_settled_total voice it does not answer')).toBe(3);
  });

  it('it ends by itself: when all are back, or dead, or after a quarter of an hour', async () => {
    await using back = scene();
    await back.begin(10);
    for (let index = 0; index < 5; index++) back.say(expired(index));
    for (let index = 0; index < 5; index++) await back.registry.put(endpointOf(id(index), '2'), long);
    expect([back.found().length, await back.suspects(), (await back.discovery.health()).status]).toEqual([10, [], 'healthy']);
    await back.runtime.clock.advance(minute);
    expect(back.asked).toEqual([]);
    back.say(expired(9)); // and the next single loss is believed
    await back.runtime.clock.advance(1_000);
    expect(back.found()).toHaveLength(9);

    await using dead = scene();
    await dead.begin(10);
    for (let index = 0; index < 5; index++) {
      dead.dead.add(id(index));
      dead.say(expired(index));
    }
    await dead.runtime.clock.advance(1_100);
    expect([dead.found().toSorted(), (await dead.discovery.health()).status]).toEqual([ids(5, 10), 'healthy']);

    await using squatted = scene();
    await squatted.begin(10);
    for (let index = 0; index < 5; index++) squatted.say(expired(index));
    await squatted.runtime.clock.advance(15 * minute - 1);
    expect(squatted.found()).toHaveLength(10);
    await squatted.runtime.clock.advance(1);
    expect([squatted.found().toSorted(), (await squatted.discovery.health()).status]).toEqual([ids(5, 10), 'healthy']);
    expect(squatted.heard.filter(({ kind }) => kind === 'remove')).toHaveLength(5);
  });

  it('who vanishes while others are suspect is suspect, too', async () => {
    await using one = scene();
    await one.begin(10);
    for (let index = 0; index < 5; index++) one.say(expired(index));
    await one.runtime.clock.advance(minute);
    one.say(expired(7));
    await one.runtime.clock.advance(minute);
    expect((await one.suspects()).toSorted()).toEqual([...ids(0, 5), id(7)]);
  });

  it('a registry that lost everything and is back empty changes nothing but what endpoints are called', async () => {
    await using one = scene();
    await one.begin(10);
    one.say({ kind: 'snapshot', endpoints: [] });
    expect(one.found()).toHaveLength(10);
    one.say({ kind: 'snapshot', endpoints: ids(0, 6).map((name) => endpointOf(name, '2')) });
    expect((await one.suspects()).toSorted()).toEqual(ids(6, 10));
    expect(one.found()).toHaveLength(10);
  });
});

describe('the registry is believed', () => {
  it('when a tenth of a service vanishes, a second later', async () => {
    await using one = scene();
    await one.begin(20);
    for (const index of [0, 1]) one.say(expired(index));
    await one.runtime.clock.advance(999);
    expect(one.found()).toHaveLength(20);
    await one.runtime.clock.advance(1);
    expect([one.found().toSorted(), one.asked]).toEqual([ids(2, 20), []]);
  });

  it('at once in a small service', async () => {
    await using one = scene();
    await one.begin(3);
    for (let index = 0; index < 3; index++) one.say(expired(index));
    expect(one.found()).toEqual([]);
  });

  it('when leases end one after the other over a long time', async () => {
    await using one = scene();
    await one.begin(20);
    for (let index = 0; index < 10; index++) {
      one.say(expired(index));
      await one.runtime.clock.advance(6_000);
    }
    expect(one.found().toSorted()).toEqual(ids(10, 20));
  });

  it('when endpoints drained, were unhealthy, or said goodbye', async () => {
    await using one = scene();
    await one.begin(12);
    for (const index of [0, 1, 2, 3]) await one.registry.mark(endpointOf(id(index), '1'), 'draining');
    for (const index of [4, 5, 6, 7]) await one.registry.mark(endpointOf(id(index), '1'), 'unhealthy');
    for (let index = 0; index < 8; index++) one.say(expired(index));
    for (let index = 8; index < 12; index++) await one.registry.remove(endpointOf(id(index), '1'));
    const [, services] = one.discovery.resources();
    expect((await services?.list({ limit: 1 }))?.items[0]).toMatchObject({ endpoints: 0, suspects: 0 });
  });

  it('about what this process deregisters itself, also where registries cannot tell', async () => {
    const runtime = testRuntime();
    const backend = memoryBackend({ registry: new MemoryRegistry({ runtime }) });
    const muted = (change: RegistryChange): RegistryChange =>
      change.kind === 'remove' ? { kind: 'remove', endpoint: change.endpoint } : change;
    const watch: DiscoveryBackend['watch'] = (name, listener, signal) => backend.watch(name, (change) => listener(muted(change)), signal);
    await using discovery = new ServiceDiscovery({ backend: { ...faultyBackend(backend), watch }, runtime });
    await discovery.ready('voice');
    const registered = await Promise.all(
      ids(0, 6).map((instanceId) => discovery.registerService({ serviceName: 'voice', instanceId, host: 'h', port: 1 })),
    );
    await backend.remove(registered[0] as Endpoint); // control: by somebody else, it is held back
    expect(discovery.lookup('voice')).toHaveLength(6);
    await Promise.all(registered.map((endpoint) => discovery.deregisterService(endpoint)));
    expect(discovery.lookup('voice')).toEqual([]);
  });

  it('when self-preservation is off (control)', async () => {
    await using one = scene({ selfPreservation: 'off' });
    await one.begin(20);
    for (let index = 0; index < 10; index++) one.say(expired(index));
    expect(one.found().toSorted()).toEqual(ids(10, 20));
    one.say({ kind: 'snapshot', endpoints: [] });
    expect(one.found()).toEqual([]);
  });
});

it('a life that is over does not come back as a suspect', async () => {
  await using one = scene();
  await one.begin(20);
  for (const index of [0, 1]) one.say(expired(index));
  await one.runtime.clock.advance(1_000);
  for (let index = 2; index < 12; index++) one.say(expired(index));
  expect((await one.suspects()).toSorted()).toEqual(ids(2, 12));
});

it('suspects are asked once an interval together with everybody else who asks', async () => {
  await using one = scene();
  await one.begin(4);
  for (let index = 0; index < 4; index++) one.say(expired(index));
  await one.runtime.clock.advance(10 * minute);
  expect(one.asked.length).toBeGreaterThan(4 * 50);
  expect(one.asked.length).toBeLessThan(4 * 70);
});
