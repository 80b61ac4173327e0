import { Call, memoryConfigStore, type ServiceResponse, TuttiError } from '@tutti/core';
import { describe, expect, it } from 'vitest';
import type { MeshPolicy, ServicePolicy } from '../src/index.ts';
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
    for (const unrelated of [{ timeout: '9s' }, { serviceBreaker: { failures: 1_000 } }, { hedge: { after: '20s' } }] as const) {
      made.mesh.setPolicy({ defaults: { outliers: false, retry: { ...retry, initialDelay: '1ms' }, ...unrelated } });
      expect(await sentBy(10)).toBe(10);
    }
    made.mesh.setPolicy({ defaults: { outliers: false, retry: { ...retry, budgetPerSecond: 2 } } });
    expect(await sentBy(10)).toBe(30);
    made.mesh.setPolicy({ defaults: { outliers: false, retry: { budgetPerSecond: 2, budgetShare: 0.01 } } });
    expect(await sentBy(10)).toBe(30);
  });
});

describe('the breaker of a service, over another policy', () => {
  const serviceBreaker = { failures: 3, openFor: '1h' } as const;
  const others = { outliers: false, retry: { maxAttempts: 1 } } as const;

  /** Which of so many calls that fail were let through, and which not. */
  async function broken() {
    const made = await setUp({ policy: { ...others, serviceBreaker } });
    const handler = made.mesh.handler(voice, async () => Promise.reject(new Error('broken')));
    const passed = async (calls: number): Promise<number> => {
      let through = 0;
      for (let each = 0; each < calls; each++) {
        await handler(undefined, Call.root({ runtime: made.runtime })).catch((error: unknown) => {
          if (!TuttiError.is(error, 'BREAKER_OPEN')) through++;
        });
      }
      return through;
    };
    return { ...made, passed };
  }

  it.each<[string, ServicePolicy]>([
    ['the time limit', { timeout: '9s', attemptTimeout: '1s' }],
    ['how requests are shared out', { balance: 'random' }],
    ['retries and hedging', { retry: { maxAttempts: 1, budgetShare: 0.3 }, hedge: { after: '1s' } }],
    ['limits', { limits: { maxInFlight: 7 } }],
    ['the breaker of each endpoint', { endpointBreaker: {} }],
    ['what was left unsaid of it', { serviceBreaker: { probes: 1, openForMax: '2m', openFor: '1h', failures: 3 } }],
    ['how its times are written', { serviceBreaker: { failures: 3, openFor: '60m' } }],
  ])('stays open, and keeps what it had counted, where another one says otherwise: %s', async (_title, changed) => {
    const open = await broken();
    expect(await open.passed(5)).toBe(3);
    open.mesh.setPolicy({ defaults: { ...others, serviceBreaker, ...changed } });
    expect(await open.passed(5)).toBe(0);

    const counting = await broken();
    expect(await counting.passed(2)).toBe(2);
    counting.mesh.setPolicy({ defaults: { ...others, serviceBreaker, ...changed } });
    expect(await counting.passed(5)).toBe(1);
  });

  it.each<[string, ServicePolicy]>([
    ['failures', { serviceBreaker: { ...serviceBreaker, failures: 4 } }],
    ['openFor', { serviceBreaker: { ...serviceBreaker, openFor: '2h' } }],
    ['openForMax', { serviceBreaker: { ...serviceBreaker, openForMax: '3h' } }],
    ['probes', { serviceBreaker: { ...serviceBreaker, probes: 2 } }],
    ['failureShare', { serviceBreaker: { failureShare: 1, minCalls: 3, openFor: '1h' } }],
  ])('begins anew with another %s of its own', async (_title, changed) => {
    const made = await broken();
    expect(await made.passed(5)).toBe(3);
    made.mesh.setPolicy({ defaults: { ...others, ...changed } });
    expect(await made.passed(5)).toBeGreaterThanOrEqual(3);
    expect(await made.passed(1)).toBe(0);
  });

  it('is gone with a policy that has none, and begins anew when it comes back', async () => {
    const made = await broken();
    expect(await made.passed(5)).toBe(3);
    made.mesh.setPolicy({ defaults: others });
    expect(await made.passed(9)).toBe(9);
    made.mesh.setPolicy({ defaults: { ...others, serviceBreaker } });
    expect(await made.passed(5)).toBe(3);
  });

  it('stays open when another one is refused', async () => {
    const made = await broken();
    await made.passed(5);
    expect(() => made.mesh.setPolicy({ defaults: { ...others, serviceBreaker: { failures: 0 } } })).toThrowError('failures');
    expect(await made.passed(5)).toBe(0);
  });

  it('hears of calls that had begun before it', async () => {
    const made = await broken();
    const ends = [1, 2, 3].map(() => made.mesh.call(voice, get).catch(() => 'lost'));
    await made.runtime.clock.advance(0);
    made.mesh.setPolicy({ defaults: { ...others, serviceBreaker, timeout: '9s' } });
    for (const each of made.log) {
      each.start();
      each.fail();
    }
    expect(await Promise.all(ends)).toEqual(['lost', 'lost', 'lost']);
    expect(await made.passed(5)).toBe(0);
  });
});

describe('the budget for hedging, over another policy', () => {
  const hedge = { after: '30ms', budgetShare: 0.1 } as const;

  async function saved(): Promise<{ hedges(): Promise<number>; setPolicy(policy: ServicePolicy): void }> {
    let slow = false;
    const made = await setUp({
      script: (each, clock) => {
        each.start();
        clock.after(slow ? 100 : 1, () => each.aborted ?? each.answer(200));
      },
      policy: { hedge },
    });
    const ask = (): Promise<unknown> => made.settled(made.mesh.call(voice, get), 1);
    for (let each = 0; each < 50; each++) await ask();
    slow = true;
    return {
      async hedges() {
        const before = made.log.length;
        for (let each = 0; each < 5; each++) await ask();
        return made.log.length - before - 5;
      },
      setPolicy: (policy) => made.mesh.setPolicy({ defaults: policy }),
    };
  }

  it.each<[string, ServicePolicy, number]>([
    ['the time limit', { hedge, timeout: '9s' }, 5],
    ['when it begins', { hedge: { ...hedge, after: '40ms' } }, 5],
    ['the budget for retries', { hedge, retry: { budgetShare: 0.7 } }, 5],
    ['its share', { hedge: { ...hedge, budgetShare: 0.11 } }, 0],
    ['that there is any (control)', {}, 0],
  ])('is what was saved up of it unless another one is asked for: %s changes', async (_title, changed, hedges) => {
    const made = await saved();
    made.setPolicy(changed);
    expect(await made.hedges()).toBe(hedges);
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
