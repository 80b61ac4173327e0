import type { ServiceResponse } from '@tutti/core';
import { memoryConfigStore } from '@tutti/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SessionSigner } from '../src/picking/session-signer.ts';
import { endpoint } from './fake-registry.ts';
import { end, type MeshSetUp, type SetUpOptions, setUp, sharesOf, used, voice } from './mesh-set-up.ts';

/** Any bytes, read as Latin-1, as a header may hold them. */
const anyText = fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('latin1'));
const secret = 'sixteen characters and some more';
const cookie = 'voice_at';
const ids = ['a', 'b', 'c', 'd', 'e'];
const sticky = (options: SetUpOptions = {}): Promise<MeshSetUp> =>
  setUp({ instances: ids, ...options, policy: { sticky: { cookie, secret }, ...options.policy } });

/** Begins a session and says where, and with which header the client comes back. */
function begin({ mesh }: MeshSetUp): { readonly at: string; readonly headers: { readonly cookie: string } } {
  const lease = mesh.lease(voice);
  const value = /^voice_at=([\w.-]+); Path=\/; HttpOnly; SameSite=Lax$/.exec(lease.session?.[1] ?? '')?.[1];
  if (lease.session?.[0] !== 'set-cookie' || value === undefined) throw new Error(`no cookie in ${lease.session}`);
  return { at: end(lease), headers: { cookie: `theme=dark; voice_at=${value}` } };
}

describe('a session in a cookie', () => {
  it('leads to the same endpoint a thousand times, through reloads of the registry, another policy and a restart of the instance', async () => {
    const house = await sticky();
    const { at, headers } = begin(house);
    const picks = sharesOf(1_000, () => {
      const lease = house.mesh.lease(voice, { headers });
      expect(lease.session, 'a client that is known needs no new cookie').toBeUndefined();
      return end(lease);
    });
    expect(picks).toEqual({ [at]: 1_000 });
    house.registry.tell(voice);
    house.mesh.setPolicy({ defaults: { balance: 'random', sticky: { cookie, secret }, timeout: '2s' } });
    house.registry.put(endpoint({ serviceName: voice, port: 80, instanceId: at }));
    expect(house.shares(1_000, { headers })).toEqual({ [at]: 1_000 });
    expect(Object.keys(house.shares(1_000)).sort(), 'without the cookie: everywhere').toEqual(ids);
  });

  it('is understood by every replica that has the secret, and by none with another', async () => {
    const { at, headers } = begin(await sticky());
    const sibling = await sticky();
    expect(sibling.shares(100, { headers })).toEqual({ [at]: 100 });
    const stranger = await sticky({ policy: { sticky: { cookie, secret: 'another sixteen characters' } } });
    expect(Object.keys(stranger.shares(100, { headers })).sort()).toEqual(ids);
  });

  it('begins anew where its endpoint is gone, ill, or was tried already', async () => {
    const house = await sticky({ policy: { panicBelow: 0 } });
    const { at, headers } = begin(house);
    const [gone] = [...house.registry.endpoints.values()].filter(({ instanceId }) => instanceId === at);
    if (!gone) throw new Error('not there');
    const retried = house.mesh.lease(voice, { headers, exclude: [at] });
    expect([retried.endpoint.instanceId !== at, retried.session !== undefined]).toEqual([true, true]);
    house.registry.put({ ...gone, state: 'unhealthy' });
    expect(house.take('success', { headers })).not.toBe(at);
    house.registry.put(gone);
    expect(house.take('success', { headers })).toBe(at);
    await house.registry.deregister(gone);
    const moved = house.mesh.lease(voice, { headers });
    const [, value = ''] = moved.session ?? [];
    expect(end(moved)).not.toBe(at);
    expect(house.shares(100, { headers: { cookie: value } })).toEqual({ [moved.endpoint.instanceId]: 100 });
  });

  it('stays with an endpoint that drains, to which nobody else comes any more', async () => {
    const house = await sticky();
    const { at, headers } = begin(house);
    const draining = [...house.registry.endpoints.values()].find(({ instanceId }) => instanceId === at);
    if (draining) await house.registry.drain(draining);
    expect(house.shares(100, { headers })).toEqual({ [at]: 100 });
    expect(Object.keys(house.shares(1_000)).sort()).toEqual(ids.filter((id) => id !== at));
  });

  it('does not lead across tenants, nor to an endpoint without a wanted tag', async () => {
    const house = await sticky({ instances: [] });
    house.registry.put(endpoint({ serviceName: voice, port: 80, instanceId: 'acme', tenant: 'acme' }));
    house.registry.put(endpoint({ serviceName: voice, port: 80, instanceId: 'shared', tags: ['gpu'] }));
    const signed = new SessionSigner({ cookie, secret }).sign(voice, 'acme');
    const headers = { cookie: `${cookie}=${signed}` };
    expect(house.shares(100, { headers, tenant: 'acme' })).toEqual({ acme: 100 });
    expect(house.shares(100, { headers, tenant: 'other' })).toEqual({ shared: 100 });
    expect(house.shares(100, { headers })).toEqual({ shared: 100 });
    expect(house.shares(100, { headers, tenant: 'acme', tags: ['gpu'] })).toEqual({ shared: 100 });
  });

  it('comes to the client as a header of the answer, beside the cookies of the service, and again after a retry elsewhere', async () => {
    const house = await sticky({ script: (each) => (each.endpoint.instanceId === 'a' ? each.refuse() : each.answer(200)) });
    const reply = (await house.settled(house.mesh.call(voice, { method: 'GET', path: '/' }))) as ServiceResponse;
    expect(used(house.log)).toEqual(['a', 'b']);
    const [pair = ''] = String(reply.headers['set-cookie']).split(';');
    expect(house.shares(50, { headers: { cookie: pair } })).toEqual({ b: 50 });
  });
});

describe('a session in a header', () => {
  it('comes under the name of the policy and is sent back under it', async () => {
    const house = await setUp({ instances: ids, policy: { sticky: { header: 'X-Voice-At', secret } } });
    const lease = house.mesh.lease(voice);
    const [name, value] = lease.session ?? ['', ''];
    expect(name).toBe('x-voice-at');
    expect(house.shares(1_000, { headers: { [name]: value } })).toEqual({ [end(lease)]: 1_000 });
  });
});

describe('a session and a traffic plan', () => {
  const split = (weights: Readonly<Record<string, number>>) => ({ serviceName: voice, weights });
  async function planned(): Promise<MeshSetUp> {
    const house = await sticky({ instances: [], mesh: { config: memoryConfigStore() } });
    for (const version of ['1', '2'])
      for (const each of ['a', 'b'])
        house.registry.put(endpoint({ serviceName: voice, port: 80, instanceId: `${each}${version}`, version }));
    await house.settled(house.mesh.ready(voice));
    return house;
  }

  it('keeps the endpoint while chance may still choose its version, and lets go when nobody may go there any more', async () => {
    const house = await planned();
    const first = await house.mesh.apply(split({ 1: 50, 2: 50 }), 0);
    await house.runtime.clock.advance(100);
    const { at, headers } = begin(house);
    const [version, other] = at.endsWith('1') ? ['1', '2'] : ['2', '1'];
    const second = await house.mesh.apply(split({ [version]: 1, [other]: 99 }), first);
    await house.runtime.clock.advance(100);
    expect(house.shares(500, { headers })).toEqual({ [at]: 500 });
    await house.mesh.apply(split({ [version]: 0, [other]: 99 }), second);
    await house.runtime.clock.advance(100);
    expect(Object.keys(house.shares(500, { headers })).sort()).toEqual([`a${other}`, `b${other}`]);
  });
});

describe('a value that the mesh did not give out for this service', () => {
  const signer = new SessionSigner({ cookie, secret });

  it('of another service, or of an instance that is not there, leads nowhere in particular', async () => {
    const house = await sticky();
    for (const value of [signer.sign('document', 'a'), signer.sign(voice, '127.0.0.1:80'), signer.sign(voice, '__proto__')]) {
      expect(Object.keys(house.shares(200, { headers: { cookie: `${cookie}=${value}` } })).sort()).toEqual(ids);
    }
  });

  it('never leads anywhere at all, however it is made up', async () => {
    const { at, headers } = begin(await sticky());
    const good = headers.cookie.split('voice_at=')[1] as string;
    const [name = '', mac = ''] = good.split('.');
    const other = Buffer.from('zz').toString('base64url');
    const garbled = fc.oneof(
      anyText,
      fc
        .tuple(fc.nat(good.length - 1), fc.constantFrom('A', 'z', '0', '.', '-', '~'))
        .map(([at_, by]) => good.slice(0, at_) + by + good.slice(at_ + 1)),
      fc.nat(good.length).map((length) => good.slice(0, length)),
      fc.constantFrom(`${name}.`, `.${mac}`, `${other}.${mac}`, `${good}.x`, `${name}.${name}`, '.', '', 'a'.repeat(5_000)),
      fc.string().map((text) => `${Buffer.from(text).toString('base64url')}.${mac}`),
    );
    fc.assert(
      fc.property(garbled, (value) => {
        const named = signer.verify(voice, value);
        // the last letter of a signature has two bits to spare, so its spelling is not the only one; whom it names is
        return named === undefined || named === at;
      }),
      { numRuns: 5_000, seed: 20_261_130 },
    );
    expect(signer.verify(voice, good)).toBe(at);
    expect(signer.verify('document', good)).toBeUndefined();
  });

  it('in a real pick gives some endpoint of the set and a cookie that is right', async () => {
    const house = await sticky();
    fc.assert(
      fc.property(anyText, (value) => {
        const lease = house.mesh.lease(voice, { headers: { cookie: [`${cookie}=${value}`, value] } });
        return ids.includes(end(lease)) && lease.session !== undefined;
      }),
      { numRuns: 1_000, seed: 20_261_130 },
    );
  });
});
