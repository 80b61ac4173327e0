import { Call, memoryConfigStore, type ServiceResponse } from '@tutti/core';
import { describe, expect, it } from 'vitest';
import type { MeshPolicy } from '../src/index.ts';
import { end, type MeshSetUp, setUp, sharesOf, voice } from './mesh-set-up.ts';

const get = { method: 'GET', path: '/' };
const secret = 'sixteen characters and some more';
const ids = ['a', 'b', 'c', 'd', 'e'];

describe('a policy that is wrong anywhere', () => {
  const sticky = { cookie: 'at', secret };
  it.each<[string, unknown]>([
    ['policy.default', { default: {} }],
    ['policy.defaults', { defaults: [] }],
    ['policy.services.voice.limits', { services: { voice: { limits: [] } } }],
    ['policy.defaults.balence', { defaults: { balence: 'random' } }],
    ['policy.defaults.balance', { defaults: { balance: 'fastest' } }],
    ['policy.defaults.balance.on', { defaults: { balance: { kind: 'maglev' } } }],
    ['policy.defaults.balance.on.header', { defaults: { balance: { kind: 'ring-hash', on: { header: 7 } } } }],
    ['policy.defaults.balance.scan', { defaults: { balance: { kind: 'least-connections', scan: 'some' } } }],
    ['policy.defaults.timeout', { defaults: { timeout: 45 } }],
    ['policy.services.voice.retry.maxAttempts', { services: { voice: { retry: { maxAttempts: 0 } } } }],
    ['policy.services.voice.retry.statuses[1]', { services: { voice: { retry: { statuses: [503, 200] } } } }],
    ['policy.services.voice.sticky.secret', { services: { voice: { sticky: { cookie: 'at', secret: 'short' } } } }],
    ['policy.services.voice.sticky', { services: { voice: { sticky: { ...sticky, header: 'x-at' } } } }],
    ['policy.services.voice.sticky.cookie', { services: { voice: { sticky: { ...sticky, cookie: 'a;b' } } } }],
    ['policy.services.voice.outliers', { services: { voice: { outliers: true } } }],
    ['policy.services.voice.outliers.maxShare', { services: { voice: { outliers: { maxShare: 2 } } } }],
    ['policy.services.voice.limits.maxInFlight', { services: { voice: { limits: { maxInFlight: 1.5 } } } }],
    ['policy.services.voice.hedge.after', { services: { voice: { hedge: {} } } }],
    ['policy.services.voice.slowStart.window', { services: { voice: { slowStart: { window: 'long' } } } }],
    ['policy.services.voice.endpointBreaker.probes', { services: { voice: { endpointBreaker: { probes: 0 } } } }],
    ['policy.services.voice.faults[1]', { services: { voice: { faults: [{ share: 1, status: 503 }, { share: 1 }] } } }],
    ['policy.services.voice.faults[0].headers.x', { services: { voice: { faults: [{ share: 1, status: 503, headers: { x: 1 } }] } } }],
    ['policy.services.voice.probe', { services: { voice: { probe: { kind: 'tcp' } } } }],
    ['policy.services.voice.rateLimit', { services: { voice: { rateLimit: { tokens: 1, refillRate: 1 } } } }],
  ])('is refused as a whole, naming %s', async (path, wrong) => {
    const { mesh, explain } = await setUp({ policy: { balance: 'weighted' } });
    await mesh.ready(voice);
    const both = { defaults: { balance: 'random' }, ...(wrong as MeshPolicy) } as MeshPolicy;
    expect(() => mesh.setPolicy(both)).toThrowError(
      expect.objectContaining({ code: 'INVALID_OPTIONS', details: expect.objectContaining({ path }) }),
    );
    expect(explain().balancer).toBe('weighted');
  });
});

describe('ten thousand picks while the policy is swapped', () => {
  it('each follow one policy in all that it says, and never parts of two', async () => {
    const header = 'x-document';
    const one: MeshPolicy = { defaults: { balance: 'round-robin', sticky: { header: 'x-one', secret } } };
    const two: MeshPolicy = {
      defaults: { balance: { kind: 'ring-hash', on: { header }, loadFactor: 1_000 }, sticky: { header: 'x-two', secret } },
    };
    const { mesh, runtime } = await setUp({ instances: ids, mesh: { policy: one } });
    await mesh.ready(voice);
    const picks: string[] = [];
    const pick = async (): Promise<void> => {
      const lease = await mesh.routeRequest(voice, { headers: { [header]: 'doc123' } });
      picks.push(`${lease.session?.[0]} ${end(lease)}`);
    };
    const waiting: Promise<void>[] = [];
    for (let each = 0; each < 10_000; each++) {
      waiting.push(pick());
      if (each % 7 === 0) mesh.setPolicy(each % 2 === 0 ? two : one);
      if (each % 100 === 0) await runtime.clock.advance(0);
    }
    await Promise.all(waiting);
    let next = 0;
    const kinds = Object.keys(sharesOf(picks.length, () => picks[next++] ?? '')).sort();
    expect(kinds.filter((kind) => kind.startsWith('x-one'))).toEqual(ids.map((id) => `x-one ${id}`));
    expect(
      kinds.filter((kind) => kind.startsWith('x-two')),
      'the hash of one value leads to one endpoint',
    ).toHaveLength(1);
    expect(kinds).toHaveLength(6);
  });

  it('a session that one policy gave out means nothing to another that calls it otherwise', async () => {
    const made = await setUp({ instances: ids, policy: { sticky: { header: 'x-one', secret } } });
    const lease = made.mesh.lease(voice);
    const [, value] = lease.session ?? ['', ''];
    end(lease);
    made.mesh.setPolicy({ defaults: { sticky: { header: 'x-two', secret } } });
    expect(Object.keys(made.shares(500, { headers: { 'x-one': value } })).sort()).toEqual(ids);
  });
});

describe('another policy', () => {
  it('keeps what is known of endpoints, and calls that are under way end as they began', async () => {
    const made = await setUp();
    for (let each = 0; each < 3; each++) made.take('failure', { exclude: ['b', 'c'] });
    const work = made.mesh.call(voice, get);
    await made.runtime.clock.advance(0);
    made.mesh.setPolicy({ defaults: { balance: 'random', timeout: '1ms' } });
    expect(made.seen('a')).toMatchObject({ consecutiveFailures: 3 });
    await made.runtime.clock.advance(5_000);
    made.log[0]?.answer(200);
    expect(await made.settled(work)).toMatchObject({ status: 200 });
  });

  it('of another service disturbs nobody: not the round, not the breaker, not the budget', async () => {
    const before: MeshPolicy = {
      defaults: { balance: 'round-robin', outliers: false },
      services: { voice: { serviceBreaker: { failures: 3, openFor: '1h' }, retry: { maxAttempts: 1 } } },
    };
    const made = await setUp({ script: (each) => each.answer(500), mesh: { policy: before } });
    expect([made.take('success'), made.take('success')]).toEqual(['a', 'b']);
    made.mesh.setPolicy({ ...before, services: { ...before.services, document: { timeout: '1s' } } });
    expect(made.take('success')).toBe('c');
    const handler = made.mesh.handler(voice, async () => {
      throw new Error('broken');
    });
    const ask = (): Promise<unknown> => handler(undefined, Call.root({ runtime: made.runtime })).catch((error: unknown) => error);
    for (let each = 0; each < 3; each++) await ask();
    expect(await ask()).toMatchObject({ code: 'BREAKER_OPEN' });
    made.mesh.setPolicy({ ...before, services: { ...before.services, document: { timeout: '2s' } } });
    expect(await ask()).toMatchObject({ code: 'BREAKER_OPEN' });
  });

  it('keeps the budget for retries unless it says another one', async () => {
    const retry = { budgetShare: 0, budgetPerSecond: 1 };
    const made = await setUp({ script: (each) => each.answer(503), policy: { outliers: false, retry } });
    const sentBy = async (calls: number): Promise<number> => {
      const before = made.log.length;
      for (let each = 0; each < calls; each++) await made.settled(made.mesh.call(voice, get), 1);
      return made.log.length - before;
    };
    expect(await sentBy(20), 'ten in reserve').toBe(30);
    made.mesh.setPolicy({ defaults: { outliers: false, timeout: '9s', retry } });
    expect(await sentBy(10)).toBe(10);
    made.mesh.setPolicy({ defaults: { outliers: false, retry: { ...retry, budgetPerSecond: 2 } } });
    expect(await sentBy(10)).toBe(30);
  });
});

describe('a policy in a store', () => {
  const key = 'mesh/policy';
  async function stored(): Promise<MeshSetUp & { put(value: unknown): Promise<void>; state(): Promise<unknown> }> {
    const config = memoryConfigStore();
    let revision = 0;
    const made = await setUp({ mesh: { config, policyKey: key } });
    await made.settled(made.mesh.ready(voice));
    const services = made.mesh.resources().find(({ name }) => name === 'services');
    return {
      ...made,
      async put(value) {
        ({ revision } = await config.put(key, value, revision, 'ann'));
        await made.runtime.clock.advance(10);
      },
      state: async () => (await services?.list({ limit: 1 }))?.items[0]?.['policy'],
    };
  }

  it('is followed; one that is wrong is refused and shown, and the last good one stays', async () => {
    const { put, explain, mesh, state } = await stored();
    expect(explain().balancer).toBe('round-robin');
    await put({ defaults: { balance: 'random' } });
    expect([explain().balancer, await state()]).toEqual(['random', { revision: 1 }]);
    await put({ defaults: { balance: 'weighted', timeout: 45 } });
    expect(explain().balancer).toBe('random');
    expect(await state()).toMatchObject({
      revision: 1,
      refused: { revision: 2, problem: expect.stringContaining('policy.defaults.timeout') },
    });
    expect(await mesh.health()).toMatchObject({ status: 'degraded', reason: expect.stringContaining('policy 2 is refused') });
    await put({ defaults: { balance: 'weighted' } });
    expect([explain().balancer, await state(), await mesh.health()]).toEqual(['weighted', { revision: 3 }, { status: 'healthy' }]);
  });

  it.each([[null], ['random'], [7], [[]]])('that is no policy at all is refused: %j', async (value) => {
    const { put, explain, mesh } = await stored();
    await put({ defaults: { balance: 'random' } });
    await put(value);
    expect(explain().balancer).toBe(value === null ? 'peak-ewma' : 'random');
    expect((await mesh.health()).status).toBe(value === null ? 'healthy' : 'degraded');
  });

  it('is not followed any more by a mesh that has stopped', async () => {
    const { mesh, put } = await stored();
    await mesh.stop();
    await put({ defaults: { balance: 'random', timeout: 45 } });
    expect(mesh.state).toBe('stopped');
  });
});

describe('a policy for one service', () => {
  it('holds in place of what holds for all, field by field', async () => {
    const { mesh, settled } = await setUp({
      script: (each) => each.answer(503),
      mesh: { policy: { defaults: { balance: 'random', retry: { maxAttempts: 2 } }, services: { voice: { balance: 'weighted' } } } },
    });
    expect(mesh.explain(voice).balancer).toBe('weighted');
    expect(mesh.explain('document').balancer).toBe('random');
    expect(((await settled(mesh.call(voice, get))) as ServiceResponse).status).toBe(503);
    expect(mesh.explain('toString').balancer).toBe('random');
  });
});
