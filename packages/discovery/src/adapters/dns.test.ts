import type { Endpoint } from '@tutti/core';
import { checkLaws, eventually, type TestRuntime, testRuntime } from '@tutti/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DnsServer, dnsServer } from '../../test/dns-server.ts';
import { type DiscoveryBackend, ServiceDiscovery } from '../index.ts';
import { type BackendSubject, leaseLaws, readLaws, registryWatch, watchLaws } from '../testing/index.ts';
import { type DnsBackendOptions, type DnsResolver, dnsBackend, dnsBackendDefaults } from './dns.ts';

let server: DnsServer;
let runtime: TestRuntime;
let backends: DiscoveryBackend[];
beforeEach(async () => {
  server = await dnsServer();
  runtime = testRuntime();
  backends = [];
});
afterEach(async () => {
  await Promise.all(backends.map((backend) => backend.close()));
  await server[Symbol.asyncDispose]();
});

/** The clock is moved by hand while sockets answer in their own time: no answer is late because of that. */
const patience = '10m';
const voice = { a: 'voice.test', port: 8009 };

function opened(options: Partial<DnsBackendOptions> = {}): DiscoveryBackend {
  const own: Partial<DnsBackendOptions> = options.resolver ? {} : { servers: [server.address], lookupTimeout: patience };
  const backend = dnsBackend({ services: { voice }, ...own, runtime, ...options });
  backends.push(backend);
  return backend;
}

/** Time passes in steps, so that an answer that comes over a socket is read in between. */
const until = (what: string, holds: () => boolean, stepMs = 200): Promise<unknown> =>
  eventually(
    what,
    async () => {
      if (holds()) return true;
      await runtime.clock.advance(stepMs);
      return false;
    },
    10_000,
    4,
  );

function zoneSubject(): BackendSubject {
  const services = { voice: { srv: '_voice._tcp.test' }, chart: { srv: '_chart._tcp.test' } };
  return {
    runtime,
    connect: () => opened({ services, refresh: '1s' }),
    pass: (ms) => runtime.clock.advance(ms),
    async publish(serviceName, endpoints: readonly Endpoint[]) {
      server.say(
        'SRV',
        `_${serviceName}._tcp.test`,
        endpoints.map(({ host, port }) => ({ target: host, port })),
      );
    },
  };
}

describe('the dns backend, asking a server', () => {
  checkLaws(it, readLaws, zoneSubject);
  checkLaws(
    it,
    [...watchLaws, ...leaseLaws].map((law) => ({ ...law, requires: 'registers' as const })),
    zoneSubject,
    { registers: false },
  );

  it('gives the addresses of a name, of both families', async () => {
    server.say('A', 'voice.test', [{ address: '10.0.0.1' }, { address: '10.0.0.2' }]);
    server.say('AAAA', 'voice.test', [{ address: 'fd00::1' }]);
    await using watch = registryWatch(opened({ services: { voice: { a: 'voice.test', aaaa: 'voice.test', port: 8009 } } }));
    await until('the snapshot', () => watch.heard.length > 0);
    expect(Array.from(watch.endpoints.values(), ({ host, port, state }) => `${host} ${port} ${state}`).toSorted()).toEqual([
      '10.0.0.1 8009 ready',
      '10.0.0.2 8009 ready',
      'fd00::1 8009 ready',
    ]);
  });

  it('gives targets their weights within the best priority, and none beside it', async () => {
    server.say('SRV', '_voice._tcp.test', [
      { target: 'b.test', port: 2, priority: 10, weight: 0 },
      { target: 'a.test', port: 1, priority: 10, weight: 30 },
      { target: 'spare.test', port: 3, priority: 20, weight: 50 },
    ]);
    await using watch = registryWatch(opened({ services: { voice: { srv: '_voice._tcp.test' } } }));
    await until('the snapshot', () => watch.heard.length > 0);
    const shares = Array.from(watch.endpoints.values(), ({ host, weight, metadata }) => [host, weight, metadata['priority']]);
    expect(shares.toSorted()).toEqual([
      ['a.test', 30, '10'],
      ['b.test', 0.1, '10'],
      ['spare.test', 0, '20'],
    ]);
    server.say('SRV', '_voice._tcp.test', [{ target: 'spare.test', port: 3, priority: 20, weight: 50 }]);
    await until('the spare one to take over', () => watch.endpoints.size === 1 && watch.endpoints.get('spare.test:3')?.weight === 50);
  });

  it('takes a target that is the root for "there is no such service"', async () => {
    server.say('SRV', '_voice._tcp.test', [{ target: '.', port: 0 }]);
    await using watch = registryWatch(opened({ services: { voice: { srv: '_voice._tcp.test' } } }));
    await until('the snapshot', () => watch.heard.length > 0);
    expect(watch.heard).toEqual(['snapshot:0']);
  });

  it('asks again before the TTL is over, and not much earlier', async () => {
    server.say('A', 'voice.test', [
      { address: '10.0.0.1', ttl: 60 },
      { address: '10.0.0.2', ttl: 20 },
    ]);
    await using watch = registryWatch(opened());
    await until('the snapshot', () => watch.heard.length > 0);
    server.say('A', 'voice.test', [{ address: '10.0.0.3', ttl: 60 }]);
    await runtime.clock.advance(15_900);
    expect([server.asked.length, watch.endpoints.size]).toEqual([1, 2]);
    await runtime.clock.advance(4_200);
    await eventually('the new address', () => watch.endpoints.size === 1);
    expect([server.asked.length, [...watch.endpoints.keys()]]).toEqual([2, ['10.0.0.3:8009']]);
  });

  it('asks no more than once a second for what has no time to live', async () => {
    server.say('A', 'voice.test', [{ address: '10.0.0.1', ttl: 0 }]);
    await using watch = registryWatch(opened());
    await until('the snapshot', () => watch.heard.length > 0);
    for (let passed = 0; passed < 5_000; passed += 100) {
      const before = server.asked.length;
      await runtime.clock.advance(100);
      await eventually('the answer', () => server.asked.length === before || server.asked.length === before + 1);
    }
    expect(server.asked.length).toBeLessThanOrEqual(1 + 5 / 0.8);
  });

  it('believes at once that a name has nobody', async () => {
    server.say('A', 'voice.test', [{ address: '10.0.0.1', ttl: 5 }]);
    await using watch = registryWatch(opened());
    await until('the snapshot', () => watch.heard.length > 0);
    server.say('A', 'voice.test', []);
    await until('the end', () => watch.endpoints.size === 0);
    expect(watch.malformed.size).toBe(0);
  });

  it('keeps for a while what a name had that is there no more, and says so', async () => {
    server.say('A', 'voice.test', [{ address: '10.0.0.1', ttl: 5 }]);
    await using watch = registryWatch(opened({ grace: '60s' }));
    await until('the snapshot', () => watch.heard.length > 0);
    server.say('A', 'voice.test', undefined);
    await until('the warning', () => watch.malformed.size > 0);
    expect(watch.malformed.get('A voice.test')).toContain('ENOTFOUND');
    const goneAt = runtime.clock.now();
    expect(watch.endpoints.size).toBe(1);
    await until('the end of the grace', () => watch.endpoints.size === 0);
    expect(runtime.clock.now() - goneAt).toBeGreaterThanOrEqual(59_000);
    server.say('A', 'voice.test', [{ address: '10.0.0.9', ttl: 5 }]);
    await until('another one', () => watch.endpoints.size === 1 && watch.malformed.size === 0);
  });

  it('does not take a failure for an answer, and in the end not for a registry', async () => {
    server.say('A', 'voice.test', [{ address: '10.0.0.1', ttl: 5 }]);
    await using discovery = new ServiceDiscovery({ backend: opened({ grace: '60s' }), runtime });
    await using watch = registryWatch(opened({ grace: '60s' }));
    await until('the snapshot', () => watch.heard.length > 0);
    expect((await discovery.getService('voice')).length).toBe(1);
    const over = watch.ended.catch((error: unknown) => error);
    server.say('A', 'voice.test', 'SERVFAIL');
    await until('the warning', () => watch.malformed.size > 0);
    expect([watch.endpoints.size, discovery.staleMs('voice')]).toEqual([1, 0]);
    await until('a registry that is out of reach', () => discovery.staleMs('voice') > 0);
    expect((await discovery.getService('voice')).map(({ host }) => host)).toEqual(['10.0.0.1']);
    server.say('A', 'voice.test', [{ address: '10.0.0.2', ttl: 5 }]);
    await until('the other address', () => discovery.staleMs('voice') === 0);
    expect((await discovery.getService('voice')).map(({ host }) => host)).toEqual(['10.0.0.2']);
    expect(await over).toMatchObject({ code: 'STORE_UNAVAILABLE', details: { store: 'the DNS of voice' } });
  });

  it('gives up a server that does not answer', async () => {
    server.say('A', 'voice.test', 'silence');
    const backend = dnsBackend({ services: { voice }, servers: [server.address], lookupTimeout: '200ms' });
    await expect(registryWatch(backend).ended).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await backend.close();
  });

  it('cannot say who is there while it never was answered', async () => {
    server.say('A', 'voice.test', 'SERVFAIL');
    const watch = registryWatch(opened());
    await expect(watch.ended).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      details: { problem: expect.stringContaining('A voice.test') },
    });
    expect(watch.heard).toEqual([]);
  });

  it('says that nobody is there under a name that never was, and hears of it when it is', async () => {
    await using watch = registryWatch(opened());
    await until('the snapshot', () => watch.heard.length > 0);
    expect([watch.heard, watch.malformed.size]).toEqual([['snapshot:0'], 0]);
    server.say('A', 'voice.test', [{ address: '10.0.0.1', ttl: 5 }]);
    await until('the address', () => watch.endpoints.size === 1);
  });

  it('asks nobody while nobody watches', async () => {
    server.say('A', 'voice.test', [{ address: '10.0.0.1', ttl: 5 }]);
    const watch = registryWatch(opened());
    await until('the snapshot', () => watch.heard.length > 0);
    await until('a second question', () => server.asked.length === 2);
    watch.abort();
    await watch.ended;
    await runtime.clock.advance(60_000);
    expect(server.asked.length).toBe(2);
  });
});

describe('the dns backend, asking a resolver of the host', () => {
  it('gives up one that does not answer, and keeps what another family has', async () => {
    const resolver: DnsResolver = {
      resolve4: async () => [{ address: '10.0.0.1', ttl: 60 }],
      resolve6: () => new Promise(() => {}),
      resolveSrv: async () => [],
    };
    await using watch = registryWatch(opened({ resolver, services: { voice: { a: 'v.test', aaaa: 'v.test', port: 1 } } }));
    await until('the snapshot', () => watch.heard.length > 0);
    expect([watch.heard, watch.malformed.get('AAAA v.test')]).toEqual([
      ['snapshot:1', 'malformed:AAAA v.test'],
      'AAAA v.test took longer than 5000 ms; what was known stays',
    ]);
  });

  it('asks a thousand times as one does, but not at once', async () => {
    const times: number[] = [];
    const resolver: DnsResolver = {
      async resolve4() {
        times.push(runtime.clock.now());
        return [{ address: '10.0.0.1', ttl: 100 }];
      },
      resolve6: async () => [],
      resolveSrv: async () => [],
    };
    const watches = Array.from({ length: 100 }, () => registryWatch(opened({ resolver })));
    await until('all snapshots', () => watches.every(({ heard }) => heard.length > 0));
    await runtime.clock.advance(100_000);
    const again = times.slice(100, 200);
    expect(again.length).toBe(100);
    expect(Math.max(...again) - Math.min(...again)).toBeGreaterThan(15_000);
    for (const watch of watches) watch.abort();
  });
});

describe('what is no dns backend', () => {
  it.each([
    [{}, 'dnsBackend.services is missing'],
    [{ services: { voice: {} } }, 'dnsBackend.services.voice.port is missing'],
    [{ services: { voice: { port: 1 } } }, 'dnsBackend.services.voice must have a or aaaa, or srv instead of the port'],
    [{ services: { voice: { a: 'v.test', port: 0 } } }, 'dnsBackend.services.voice.port must be a whole number from 1 to 65535, got 0'],
    [{ services: { voice: { srv: 'v.test', port: 1 } } }, 'dnsBackend.services.voice.port is not an option; known are srv'],
    [{ services: { 'no name': { srv: 'v.test' } } }, 'dnsBackend.services.no name must be 1 to 128'],
    [{ services: {}, servers: ['nowhere'] }, 'dnsBackend.servers must be addresses of servers'],
    [{ services: {}, minRefresh: '10s', maxRefresh: '5s' }, "dnsBackend.maxRefresh must be at least minRefresh, 10s, got '5s'"],
    [{ services: {}, grace: 5 }, 'dnsBackend.grace must be a duration'],
  ])('is refused: %j', (options, message) => {
    expect(() => dnsBackend(options as unknown as DnsBackendOptions)).toThrowError(message);
  });

  it('has the defaults that its page says', () =>
    expect(dnsBackendDefaults).toEqual({ minRefresh: '1s', maxRefresh: '5m', refresh: '30s', grace: '5m', lookupTimeout: '5s' }));
});
