import type { Endpoint, EndpointChange, Health } from '@tutti/core';
import { testRuntime } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { memoryBackend } from './adapters/memory.ts';
import { MemoryRegistry } from './adapters/memory-registry.ts';
import type { DiscoveryBackend } from './backend/discovery-backend.ts';
import type { ServiceDiscoveryOptions } from './discovery-options.ts';
import type { ServiceInstance } from './registration/service-instance.ts';
import { ServiceDiscovery } from './service-discovery.ts';
import { faultyBackend } from './testing/faulty-backend.ts';

const voice: ServiceInstance = { serviceName: 'voice-interface', host: 'localhost', port: 8009, tags: ['voice', 'accessibility', 'ai'] };

function network(): {
  readonly runtime: ReturnType<typeof testRuntime>;
  connect(): DiscoveryBackend;
  join(options?: Partial<ServiceDiscoveryOptions>): ServiceDiscovery;
} {
  const runtime = testRuntime();
  const registry = new MemoryRegistry({ runtime });
  const connect = (): DiscoveryBackend => memoryBackend({ registry });
  return { runtime, connect, join: (options) => new ServiceDiscovery({ backend: connect(), runtime, ...options }) };
}

describe('registering a service', () => {
  it('makes a ready endpoint of weight 1 with an id and an incarnation of its own', async () => {
    await using discovery = network().join();
    const endpoint = await discovery.registerService(voice);
    expect(endpoint).toEqual({
      serviceName: 'voice-interface',
      instanceId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      incarnation: expect.stringMatching(/^[0-9a-f-]{36}$/),
      host: 'localhost',
      port: 8009,
      weight: 1,
      tags: ['voice', 'accessibility', 'ai'],
      metadata: {},
      state: 'ready',
    });
    expect(await discovery.getService('voice-interface')).toEqual([endpoint]);
  });

  it('keeps nothing of the objects it is given', async () => {
    await using discovery = network().join();
    const tags = ['voice'];
    await discovery.registerService({ ...voice, tags });
    tags.push('later');
    const [endpoint] = await discovery.getService('voice-interface');
    expect(endpoint?.tags).toEqual(['voice']);
    expect(Object.isFrozen(endpoint)).toBe(true);
  });

  it('resolves when this process has heard of it itself', async () => {
    const { runtime, connect, join } = network();
    const backend = faultyBackend(connect());
    const watch: DiscoveryBackend['watch'] = (name, listener, signal) =>
      backend.watch(name, (change) => void runtime.clock.after(50, () => listener(change)), signal);
    await using discovery = join({ backend: { ...backend, watch } });
    void discovery.ready('voice-interface');
    await runtime.clock.advance(50);
    let endpoint: Endpoint | undefined;
    void discovery.registerService(voice).then((registered) => (endpoint = registered));
    await runtime.clock.advance(49);
    expect(endpoint).toBeUndefined();
    await runtime.clock.advance(1);
    expect(await discovery.getService('voice-interface')).toEqual([endpoint]);
  });

  it.each([
    [{ port: 70_000 }, 'service.port must be a whole number from 1 to 65535, got 70000'],
    [
      { serviceName: 'a/b' },
      "service.serviceName must be 1 to 128 letters, digits, '.', '_' and '-', the first a letter or digit, got 'a/b'",
    ],
    [{ instanceId: '' }, "service.instanceId must be 1 to 128 letters, digits, '.', ':', '_' and '-', the first a letter or digit, got ''"],
    [{ metadata: { a: 1 } }, "service.metadata must be an object of strings, got 1 under 'a'"],
    [{ healthCheck: { kind: 'http' } }, "service.healthCheck must be a probe of kind 'http', but it.url is missing"],
    [{ name: 'voice' }, 'service.name is not an option'],
    [{ host: 'ann@example' }, "service.host must be a host name or an address, got 'ann@example'"],
    [{ host: 'a\nb' }, 'service.host must be a host name or an address'],
  ])('refuses %j', async (wrong, message) => {
    await using discovery = network().join();
    await expect(discovery.registerService({ ...voice, ...wrong } as ServiceInstance)).rejects.toThrowError(message);
  });

  it('refuses one whose record would be too large for everybody who follows the service', async () => {
    await using discovery = network().join();
    const wrong = discovery.registerService({ ...voice, metadata: { notes: 'x'.repeat(65_536) } });
    await expect(wrong).rejects.toThrowError('service must be a record of at most 65536 characters, got 65');
  });

  it('says so when the registry can only be read', async () => {
    const { connect, join } = network();
    await using discovery = join({ backend: Object.assign(connect(), { capabilities: { registers: false } }) });
    await expect(discovery.registerService(voice)).rejects.toMatchObject({ code: 'CAPABILITY_MISSING' });
  });

  it('keeps nothing up when the registry cannot be reached', async () => {
    const { runtime, connect, join } = network();
    const backend = faultyBackend(connect());
    await using discovery = join({ backend });
    backend.cut();
    await expect(discovery.registerService(voice)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    backend.mend();
    await runtime.clock.advance(30_000);
    expect(await discovery.getService('voice-interface')).toEqual([]);
  });
});

describe('an endpoint with a health check', () => {
  it('is ready once its check succeeds, unhealthy after three failures, and everybody sees it', async () => {
    const { runtime, join } = network();
    await using home = join();
    await using abroad = join();
    let well = true;
    const check = async (): Promise<void> => {
      if (!well) throw new Error('down');
    };
    await home.registerService({ ...voice, healthCheck: { kind: 'function', check } });
    expect(await abroad.getService('voice-interface')).toEqual([]);
    await runtime.clock.advance(1_000);
    expect(await abroad.getService('voice-interface')).toHaveLength(1);
    well = false;
    await runtime.clock.advance(20_000);
    expect(await abroad.getService('voice-interface')).toHaveLength(1);
    await runtime.clock.advance(12_000);
    expect(await abroad.getService('voice-interface')).toEqual([]);
    expect(await abroad.getService('voice-interface', { states: ['unhealthy'] })).toHaveLength(1);
    well = true;
    await runtime.clock.advance(11_000);
    expect(await abroad.getService('voice-interface')).toHaveLength(1);
  });

  it('is marked as soon as the registry is back, when it was away at the time', async () => {
    const { runtime, connect, join } = network();
    const backend = faultyBackend(connect());
    let tell: (health: Health) => void = () => {};
    const healthChecks = {
      watchHealth: (_probe: unknown, listener: (health: Health) => void) => {
        tell = listener;
        return () => {};
      },
    };
    await using home = join({ backend, healthChecks });
    await using abroad = join();
    await home.registerService({ ...voice, healthCheck: { kind: 'tcp', host: 'localhost', port: 8009 } });
    backend.cut();
    tell({ status: 'healthy' });
    await runtime.clock.advance(100);
    expect(await abroad.getService('voice-interface')).toEqual([]);
    backend.mend();
    await runtime.clock.advance(4_000);
    expect(await abroad.getService('voice-interface')).toHaveLength(1);
  });

  it('is no longer asked once it is deregistered, registered anew, or its process stops', async () => {
    const { runtime, join } = network();
    let asked = 0;
    const check = async (): Promise<void> => void asked++;
    const discovery = join();
    const checked: ServiceInstance = { ...voice, instanceId: 'voice-001', healthCheck: { kind: 'function', check } };
    await discovery.registerService(checked);
    const again = await discovery.registerService(checked);
    await runtime.clock.advance(1_000);
    expect(asked).toBe(1);
    await discovery.deregisterService(again);
    await discovery.registerService({ ...checked, instanceId: 'voice-002' });
    await discovery.stop();
    await runtime.clock.advance(60_000);
    expect([asked, runtime.clock.nextDelayMs()]).toEqual([1, undefined]);
  });
});

describe('following a service', () => {
  it('gives a listener a snapshot and then changes, and a later one a snapshot at once', async () => {
    const { join } = network();
    await using discovery = join();
    const first: EndpointChange[] = [];
    const second: EndpointChange[] = [];
    discovery.watchEndpoints('voice-interface', (change) => first.push(change));
    const endpoint = await discovery.registerService(voice);
    const unwatch = discovery.watchEndpoints('voice-interface', (change) => second.push(change));
    unwatch();
    await discovery.drain(endpoint);
    expect(first.map(({ kind, revision }) => [kind, revision])).toEqual([
      ['snapshot', 1],
      ['upsert', 2],
      ['upsert', 3],
    ]);
    expect(second).toEqual([{ kind: 'snapshot', revision: 2, endpoints: [endpoint] }]);
  });

  it('lets a listener watch and change what it hears of', async () => {
    const { join } = network();
    await using discovery = join();
    const heard: string[] = [];
    discovery.watchEndpoints('voice-interface', (change) => {
      heard.push(`outer ${change.kind}`);
      if (change.kind !== 'upsert') return;
      discovery.watchEndpoints('voice-interface', ({ kind }) => heard.push(`inner ${kind}`));
      void discovery.deregister(change.endpoint);
    });
    await discovery.registerService(voice);
    expect(await discovery.getService('voice-interface')).toEqual([]);
    expect(heard).toEqual(['outer snapshot', 'outer upsert', 'inner snapshot', 'outer remove', 'inner remove']);
  });

  it('is ready when the registry has answered, however late', async () => {
    const { runtime, connect, join } = network();
    const backend = faultyBackend(connect());
    backend.cut();
    await using discovery = join({ backend });
    let ready = false;
    void discovery.ready('voice-interface').then(() => (ready = true));
    await runtime.clock.advance(60_000);
    expect(ready).toBe(false);
    backend.mend();
    await runtime.clock.advance(5_000);
    expect(ready).toBe(true);
  });
});

describe('stopping', () => {
  it('deregisters what was registered, leaves no timer, and refuses to go on', async () => {
    const { runtime, join } = network();
    await using other = join();
    const discovery = join();
    const endpoint = await discovery.registerService(voice);
    expect(await other.getService('voice-interface')).toHaveLength(1);
    await discovery.stop();
    expect(await other.getService('voice-interface')).toEqual([]);
    await expect(discovery.getService('voice-interface')).rejects.toMatchObject({ code: 'NOT_RUNNING' });
    await expect(discovery.deregisterService(endpoint)).rejects.toMatchObject({ code: 'NOT_RUNNING' });
    expect(() => discovery.watchEndpoints('voice-interface', () => {})).toThrowError('discovery is stopped');
    await other.stop();
    await runtime.clock.advance(60_000);
    expect(runtime.clock.nextDelayMs()).toBeUndefined();
  });

  it('succeeds while the registry is away, and ends the waiting of those who wait for it', async () => {
    const { connect, join } = network();
    const backend = faultyBackend(connect());
    const discovery = join({ backend });
    await discovery.registerService(voice);
    backend.cut();
    const ready = discovery.ready('never-heard-of');
    await discovery.stop();
    await expect(ready).rejects.toMatchObject({ code: 'NOT_RUNNING' });
  });
});

describe('looking up', () => {
  it('gives the same frozen list until something changes', async () => {
    const { join } = network();
    await using discovery = join();
    const endpoint = await discovery.registerService(voice);
    await discovery.ready('voice-interface');
    const list = discovery.lookup('voice-interface');
    expect(list).toEqual([endpoint]);
    expect(Object.isFrozen(list)).toBe(true);
    expect(discovery.lookup('voice-interface')).toBe(list);
    expect(await discovery.getService('voice-interface')).toBe(list);
    await discovery.registerService({ ...voice, instanceId: 'b' });
    expect(discovery.lookup('voice-interface')).not.toBe(list);
    expect(discovery.lookup('voice-interface')).toHaveLength(2);
  });

  it('says so while nothing is known, and begins to follow', async () => {
    const { runtime, connect, join } = network();
    const backend = faultyBackend(connect());
    backend.cut();
    await using discovery = join({ backend });
    expect(() => discovery.lookup('voice-interface')).toThrowError(expect.objectContaining({ code: 'DISCOVERY_UNAVAILABLE' }));
    backend.mend();
    await runtime.clock.advance(1_000);
    expect(discovery.lookup('voice-interface')).toEqual([]);
    expect(() => discovery.lookup('../voice')).toThrowError('service.serviceName must be 1 to 128 letters');
  });

  it('answers for ten minutes without a registry, says for how long, and hears it again within 5 seconds', async () => {
    const { runtime, connect, join } = network();
    const backend = faultyBackend(connect());
    await using home = join();
    await using discovery = join({ backend });
    const endpoint = await home.registerService(voice);
    await discovery.ready('voice-interface');
    backend.cut();
    for (let minute = 1; minute <= 10; minute++) {
      await runtime.clock.advance(60_000);
      expect(discovery.lookup('voice-interface')).toEqual([endpoint]);
      expect(await discovery.getService('voice-interface')).toEqual([endpoint]);
      expect(discovery.staleMs('voice-interface')).toBe(minute * 60_000);
      expect((await discovery.health()).status).toBe('degraded');
    }
    await home.deregisterService(endpoint);
    backend.mend();
    await runtime.clock.advance(4_999);
    expect([discovery.staleMs('voice-interface'), discovery.lookup('voice-interface')]).toEqual([0, []]);
  });

  it('forgets a service that nobody asked for, and no other', async () => {
    const { runtime, connect, join } = network();
    const backend = faultyBackend(connect());
    await using discovery = join({ backend, forgetAfter: '1m' });
    const unwatch = discovery.watchEndpoints('watched', () => {});
    for (const name of ['asked-once', 'asked-often']) await discovery.ready(name);
    const followed = async (): Promise<readonly unknown[]> =>
      (
        (
          await discovery
            .resources()
            .find(({ name }) => name === 'services')
            ?.list({ limit: 9 })
        )?.items ?? []
      ).map(({ id }) => id);
    const askFor = async (minutes: number): Promise<void> => {
      for (let passed = 0; passed < 2 * minutes; passed++) {
        await runtime.clock.advance(30_000);
        discovery.lookup('asked-often');
      }
    };
    expect(await followed()).toEqual(['asked-often', 'asked-once', 'watched']);
    await askFor(3);
    expect(await followed()).toEqual(['asked-often', 'watched']);
    unwatch();
    backend.cut(); // what is known of a service could not be had again
    await runtime.clock.advance(600_000);
    expect(await followed()).toEqual(['asked-often', 'watched']);
    await expect(discovery.getService('guessed')).rejects.toMatchObject({ code: 'DISCOVERY_UNAVAILABLE' });
    await runtime.clock.advance(180_000);
    expect(await followed()).toEqual(['asked-often', 'watched']);
  });
});

describe('the options', () => {
  it.each([
    [{}, 'discovery.backend is missing'],
    [{ backend: memoryBackend(), ttl: 10 }, 'discovery.ttl must be a duration'],
    [{ backend: memoryBackend(), ttl: '1ms' }, "discovery.ttl must be at least 100ms, got '1ms'"],
    [{ backend: memoryBackend(), healthChecks: {} }, 'discovery.healthChecks must be a HealthChecker'],
    [{ backend: memoryBackend(), forgetAfter: 0 }, 'discovery.forgetAfter must be a duration'],
    [{ backend: memoryBackend(), selfPreservation: 'on' }, "discovery.selfPreservation must be an object, got 'on'"],
    [
      { backend: memoryBackend(), selfPreservation: { share: 0 } },
      'discovery.selfPreservation.share must be a number from 0.01 to 1, got 0',
    ],
    [{ backend: memoryBackend(), selfPreservation: { window: 5 } }, 'discovery.selfPreservation.window must be a duration'],
  ])('refuse %j', (options, message) => {
    expect(() => new ServiceDiscovery(options as ServiceDiscoveryOptions)).toThrowError(message);
  });
});
