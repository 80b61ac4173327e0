import type { Endpoint, EndpointChange, EndpointRef } from '@tutti/core';
import { testRuntime } from '@tutti/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryBackend } from '../adapters/memory.ts';
import { MemoryRegistry } from '../adapters/memory-registry.ts';
import { ServiceDiscovery } from '../service-discovery.ts';
import type { TenantDiscovery } from './tenant-discovery.ts';

const voice = { serviceName: 'voice', instanceId: 'a', host: 'localhost', port: 8009 };

function joined(runtime = testRuntime(), registry = new MemoryRegistry({ runtime })): ServiceDiscovery {
  return new ServiceDiscovery({ backend: memoryBackend({ registry }), runtime });
}

/** What the changes amount to. */
function follow(source: TenantDiscovery): { readonly lives: () => readonly string[]; readonly heard: readonly EndpointChange[] } {
  const known = new Map<string, string>();
  const heard: EndpointChange[] = [];
  source.watchEndpoints('voice', (change) => {
    heard.push(change);
    if (change.kind === 'snapshot') {
      known.clear();
      for (const { instanceId, incarnation } of change.endpoints) known.set(instanceId, incarnation);
    } else if (change.kind === 'upsert') known.set(change.endpoint.instanceId, change.endpoint.incarnation);
    else known.delete(change.endpoint.instanceId);
  });
  return { lives: () => [...known.values()].toSorted(), heard };
}

const incarnations = (endpoints: readonly EndpointRef[]): readonly string[] => endpoints.map(({ incarnation }) => incarnation).toSorted();
const everything = { states: ['ready', 'unhealthy', 'draining'] } as const;

describe('discovery as a tenant has it', () => {
  it('has instances of the same id live beside each other, one for each tenant and one for nobody', async () => {
    await using discovery = joined();
    const [acme, zen] = [discovery.forTenant('acme'), discovery.forTenant('zen')];
    const [ofAcme, ofZen, shared] = [
      await acme.registerService(voice),
      await zen.registerService(voice),
      await discovery.registerService(voice),
    ];
    expect(await acme.getService('voice')).toEqual([ofAcme]);
    expect(await zen.getService('voice')).toEqual([ofZen]);
    expect(incarnations(await discovery.getService('voice'))).toEqual(incarnations([ofAcme, ofZen, shared]));
    expect(ofAcme).toMatchObject({ tenant: 'acme', instanceId: expect.stringMatching(/^t[\w-]{22}:a$/) });
  });

  it('looks up the same frozen list until something changes', async () => {
    await using discovery = joined();
    const [acme, zen] = [discovery.forTenant('acme'), discovery.forTenant('zen')];
    const own = await acme.registerService(voice);
    await zen.registerService(voice);
    await acme.ready('voice');
    expect(acme.lookup('voice')).toEqual([own]);
    expect(acme.lookup('voice')).toBe(acme.lookup('voice'));
    expect(acme.staleMs('voice')).toBe(0);
  });

  it('sees and ends what was registered for the tenant by whoever is inside the wall', async () => {
    await using discovery = joined();
    const acme = discovery.forTenant('acme');
    const given = await discovery.registerService({ ...voice, tenant: 'acme' });
    expect(await acme.getService('voice')).toEqual([given]);
    await acme.drain(given);
    expect(await acme.getService('voice', { states: ['draining'] })).toHaveLength(1);
    await acme.deregister(given);
    expect(await discovery.getService('voice', everything)).toEqual([]);
  });

  it('tells the end of a life whose place another tenant was given', async () => {
    await using discovery = joined();
    const acme = follow(discovery.forTenant('acme'));
    const first = await discovery.registerService({ ...voice, tenant: 'acme' });
    await discovery.registerService({ ...voice, tenant: 'zen' });
    expect(acme.heard.map((change) => (change.kind === 'snapshot' ? change.kind : [change.kind, change.endpoint.incarnation]))).toEqual([
      'snapshot',
      ['upsert', first.incarnation],
      ['remove', first.incarnation],
    ]);
  });

  it.each([
    [
      'registerService',
      (acme: TenantDiscovery) => acme.registerService({ ...voice, ...{ tenant: 'zen' } }),
      'service.tenant is given by forTenant',
    ],
    [
      'getService',
      (acme: TenantDiscovery) => acme.getService('voice', { states: ['ready'], ...{ tenant: 'zen' } }),
      'query.tenant is given by forTenant',
    ],
    ['an id', (acme: TenantDiscovery) => acme.registerService({ ...voice, instanceId: '../b' }), 'service.instanceId must be'],
  ])('refuses another name given to %s', async (_what, act, message) => {
    await using discovery = joined();
    await expect(act(discovery.forTenant('acme'))).rejects.toThrowError(message);
  });

  it('refuses a tenant without a name', async () => {
    await using discovery = joined();
    expect(() => discovery.forTenant('')).toThrowError(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});

describe('whatever one tenant does', () => {
  const names = ['acme', 'acme:a', 'ACME', 'a', '../acme', '☃'];
  const step = fc.record({
    who: fc.nat({ max: names.length - 1 }),
    what: fc.constantFrom('register', 'deregister', 'drain'),
    /** The id, or whose and which endpoint of all that were ever seen by anybody. */
    id: fc.constantFrom('a', 'b', 'a:a', 'acme', 'taaaaaaaaaaaaaaaaaaaaaa:a'),
    which: fc.nat({ max: 30 }),
    forged: fc.boolean(),
  });

  it('others have what they had: it lists, shadows, drains and deregisters nothing of theirs', async () => {
    let attempts = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const runtime = testRuntime();
        const registry = new MemoryRegistry({ runtime });
        const processes = names.map(() => joined(runtime, registry));
        const tenants = processes.map((discovery, index) => discovery.forTenant(names[index] ?? ''));
        const views = tenants.map(follow);
        const model = new Map<string, { owner: number; state: string }>();
        const ever: Endpoint[] = [];
        for (const { who, what, id, which, forged } of steps) {
          const tenant = tenants[who] as TenantDiscovery;
          if (what === 'register') {
            const endpoint = await tenant.registerService({ ...voice, instanceId: id });
            for (const old of ever) if (old.instanceId === endpoint.instanceId) model.delete(old.incarnation);
            model.set(endpoint.incarnation, { owner: who, state: 'ready' });
            ever.push(endpoint);
            continue;
          }
          const target = ever[which % Math.max(1, ever.length)];
          if (!target) continue;
          const ref = forged ? { ...target, tenant: names[who] as string } : target;
          await (what === 'drain' ? tenant.drain(ref) : tenant.deregisterService(ref));
          const life = model.get(target.incarnation);
          if (life && life.owner !== who) attempts++;
          if (life?.owner !== who) continue;
          if (what === 'drain') life.state = 'draining';
          else model.delete(target.incarnation);
        }
        for (const [index, tenant] of tenants.entries()) {
          const own = [...model].filter(([, { owner }]) => owner === index);
          const found = await tenant.getService('voice', everything);
          expect(found.map(({ incarnation, state }) => `${incarnation} ${state}`).toSorted()).toEqual(
            own.map(([incarnation, { state }]) => `${incarnation} ${state}`).toSorted(),
          );
          for (const endpoint of found) expect(endpoint.tenant).toBe(names[index]);
          expect(views[index]?.lives()).toEqual(incarnations(found));
        }
        await Promise.all(processes.map((discovery) => discovery.stop()));
      }),
      { numRuns: 200 },
    );
    expect(attempts).toBeGreaterThan(100); // to touch what is another's
  });

  it('without the wall (control) an instance of the same id takes the place of another tenant’s', async () => {
    await using discovery = joined();
    await discovery.registerService({ ...voice, tenant: 'acme' });
    await discovery.registerService({ ...voice, tenant: 'zen' });
    expect(await discovery.getService('voice', { tenant: 'acme' })).toEqual([]);
  });
});
