import { Call, type ServiceResponse, type TuttiError } from '@tutti/core';
import { describe, expect, it } from 'vitest';
import type { LimitsPolicy } from '../src/index.ts';
import { endpoint } from './fake-registry.ts';
import { type MeshSetUp, setUp, sharesOf, voice } from './mesh-set-up.ts';

const get = { method: 'GET', path: '/' };
const house = (limits: LimitsPolicy): Promise<MeshSetUp> => setUp({ policy: { limits, timeout: '60s' } });
type Outcome = ServiceResponse | TuttiError;

/** Begins calls; what each came to is in the list as soon as it is known. */
async function begin({ mesh, runtime }: MeshSetUp, count: number, fields: { deadline?: number } = {}): Promise<(Outcome | undefined)[]> {
  const outcomes: (Outcome | undefined)[] = Array.from({ length: count });
  for (let each = 0; each < count; each++) {
    mesh.call(voice, get, Call.root({ runtime, ...fields })).then(
      (answer) => {
        outcomes[each] = answer;
      },
      (error: TuttiError) => {
        outcomes[each] = error;
      },
    );
  }
  await runtime.clock.advance(0);
  return outcomes;
}

const codes = (outcomes: readonly (Outcome | undefined)[]): Record<string, number> => {
  const nameOf = (outcome: Outcome | undefined): string =>
    outcome === undefined ? 'waits' : 'code' in outcome ? String(outcome.code) : `${outcome.status}`;
  let next = 0;
  return sharesOf(outcomes.length, () => nameOf(outcomes[next++]));
};

describe('a service with ten places and a line of five', () => {
  const limits = { maxInFlight: 10, maxQueue: 5 };

  it('refuses the sixteenth call at once, and lets the others in as places come free', async () => {
    const made = await house(limits);
    const from = made.runtime.clock.now();
    const outcomes = await begin(made, 16);
    expect(codes(outcomes)).toEqual({ waits: 15, OVERLOADED: 1 });
    expect(outcomes[15]).toMatchObject({ code: 'OVERLOADED', details: { operation: 'mesh.voice', limit: 10 } });
    expect([made.runtime.clock.now() - from, made.log.length]).toEqual([0, 10]);
    for (let each = 0; each < 15; each++) {
      made.log[each]?.answer(200);
      await made.runtime.clock.advance(0);
      expect(made.log.length).toBe(Math.min(15, 11 + each));
    }
    expect(codes(outcomes)).toEqual({ 200: 15, OVERLOADED: 1 });
  });

  it('keeps nobody in the line beyond the deadline, and never sends what waited too long', async () => {
    const made = await house(limits);
    await begin(made, 10);
    const waiting = await begin(made, 5, { deadline: made.runtime.clock.now() + 100 });
    await made.runtime.clock.advance(150);
    expect(codes(waiting)).toEqual({ DEADLINE_EXCEEDED: 5 });
    for (const each of made.log) each.answer(200);
    await made.runtime.clock.advance(1_000);
    expect(made.log).toHaveLength(10);
  });

  it('gives back the place of one that lost interest in the line', async () => {
    const made = await house(limits);
    await begin(made, 10);
    const call = Call.root({ runtime: made.runtime });
    const waiting = made.mesh.call(voice, get, call).catch((error: unknown) => error);
    await made.runtime.clock.advance(0);
    call.cancel();
    expect(await waiting).toMatchObject({ code: 'CANCELLED' });
    expect(codes(await begin(made, 6))).toEqual({ waits: 5, OVERLOADED: 1 });
  });

  it('sends nothing for one that lost interest at the moment at which a place came free, and passes the place on', async () => {
    const made = await house(limits);
    await made.mesh.ready(voice);
    const leases = Array.from({ length: 10 }, () => made.mesh.lease(voice));
    const call = Call.root({ runtime: made.runtime });
    const waiting = made.mesh.call(voice, get, call).catch((error: unknown) => error);
    await made.runtime.clock.advance(0);
    leases[0]?.done({ kind: 'success', latencyMs: 1 });
    call.cancel();
    expect(await waiting).toMatchObject({ code: 'CANCELLED' });
    expect(made.log).toHaveLength(0);
    expect(made.take()).toBeDefined();
  });

  it.each<[string, unknown]>([
    ['interest', undefined],
    ['its time', new DOMException('too slow', 'TimeoutError')],
  ])('loses no place to one that lost %s at any step between the line and the lease', async (_title, reason) => {
    const made = await house({ maxInFlight: 1 });
    await made.mesh.ready(voice);
    for (let steps = 0; steps < 20; steps++) {
      const lease = made.mesh.lease(voice);
      const call = Call.root({ runtime: made.runtime });
      const waiting = made.mesh.call(voice, get, call).catch((error: unknown) => error);
      await made.runtime.clock.advance(0);
      lease.done({ kind: 'success', latencyMs: 1 });
      for (let step = 0; step < steps; step++) await undefined;
      call.cancel(reason);
      await waiting;
      expect(made.take(), `after ${steps} steps`).toBeDefined();
    }
    expect(made.explain().endpoints.map(({ inFlight, failureShare }) => [inFlight, failureShare])).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
  });

  it('gives no lease to somebody who asks for one without waiting', async () => {
    const made = await house(limits);
    await made.mesh.ready(voice);
    const leases = Array.from({ length: 10 }, () => made.mesh.lease(voice));
    expect(() => made.mesh.lease(voice)).toThrowError(expect.objectContaining({ code: 'OVERLOADED' }));
    leases[0]?.done({ kind: 'success', latencyMs: 1 });
    expect(made.take()).toBeDefined();
    expect(() => made.mesh.lease(voice, { version: 'none' })).toThrowError(expect.objectContaining({ code: 'MESH_NO_ENDPOINT' }));
    expect(made.take(), 'whoever found nobody holds no place').toBeDefined();
  });

  it('keeps no place for a call that found nobody', async () => {
    const made = await setUp({ instances: [], policy: { limits } });
    for (let each = 0; each < 3; each++) expect(codes(await begin(made, 15))).toEqual({ MESH_NO_ENDPOINT: 15 });
    made.registry.put(endpoint({ serviceName: voice, port: 80, instanceId: 'a' }));
    expect(codes(await begin(made, 16))).toEqual({ waits: 15, OVERLOADED: 1 });
    expect(made.log).toHaveLength(10);
  });

  it('has other bounds as soon as the policy says so', async () => {
    const made = await house(limits);
    const outcomes = await begin(made, 15);
    made.mesh.setPolicy({ defaults: { limits: { maxInFlight: 12, maxQueue: 1 } } });
    await made.runtime.clock.advance(0);
    expect(made.log).toHaveLength(12);
    expect(codes(await begin(made, 1))).toEqual({ OVERLOADED: 1 });
    made.mesh.setPolicy({ defaults: { limits: { maxInFlight: 2, maxQueue: 5 } } });
    for (let each = 0; each < 10; each++) made.log[each]?.answer(200);
    await made.runtime.clock.advance(0);
    expect(made.log, 'ten have left, and two are still there').toHaveLength(12);
    made.log[10]?.answer(200);
    await made.runtime.clock.advance(0);
    expect(made.log).toHaveLength(13);
    expect(codes(outcomes)).toEqual({ 200: 11, waits: 4 });
  });
});

describe('an endpoint with two places', () => {
  it('takes no third request: it goes elsewhere, and when all are full it is refused with that reason', async () => {
    const made = await house({ maxPerEndpoint: 2 });
    await made.mesh.ready(voice);
    const leases = Array.from({ length: 6 }, () => made.mesh.lease(voice));
    const at = leases.map(({ endpoint }) => endpoint.instanceId);
    expect(sharesOf(6, () => at.pop() ?? '')).toEqual({ a: 2, b: 2, c: 2 });
    expect(() => made.mesh.lease(voice)).toThrowError('a is full, b is full, c is full');
    leases.find(({ endpoint }) => endpoint.instanceId === 'b')?.done({ kind: 'success', latencyMs: 1 });
    expect(made.mesh.lease(voice).endpoint.instanceId).toBe('b');
  });
});
