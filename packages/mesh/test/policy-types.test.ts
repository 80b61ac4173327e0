import { Call } from '@tutti/core';
import { expect, expectTypeOf, it } from 'vitest';
import type { BalancePolicy, FaultPolicy, MeshOptions, MeshPolicy, ServiceMesh, ServicePolicy } from '../src/index.ts';
import { setUp, voice } from './mesh-set-up.ts';

/** Each line that is expected to be wrong is an error of the type check if it is not. */
function wrong(mesh: ServiceMesh): readonly MeshPolicy[] {
  // @ts-expect-error a number has no unit
  const timeout: ServicePolicy = { timeout: 45 };
  // @ts-expect-error seconds are written s
  const unit: ServicePolicy = { timeout: '45sec' };
  // @ts-expect-error no such balancer
  const balance: BalancePolicy = 'fastest';
  // @ts-expect-error a hash is of something
  const hash: BalancePolicy = { kind: 'maglev' };
  // @ts-expect-error of something that requests have
  const on: BalancePolicy = { kind: 'ring-hash', on: 'weather' };
  // @ts-expect-error sessions are signed
  const sticky: ServicePolicy = { sticky: { cookie: 'at' } };
  // @ts-expect-error there is no switch, only false
  const outliers: ServicePolicy = { outliers: true };
  // @ts-expect-error an http probe has a path
  const probe: ServicePolicy = { probe: { kind: 'http' } };
  // @ts-expect-error nobody would know how often
  const fault: FaultPolicy = { status: 503 };
  // @ts-expect-error misspelt
  const field: ServicePolicy = { retries: { maxAttempts: 3 } };
  // @ts-expect-error off is said by leaving it away
  const absent: ServicePolicy = { timeout: undefined };
  const made: ServicePolicy = { timeout: '1s' };
  // @ts-expect-error a policy is made anew, never changed
  made.timeout = '2s';
  // @ts-expect-error one of two words
  const away: Partial<MeshOptions> = { whenStoreIsAway: 'panic' };
  // @ts-expect-error a mesh has somewhere to write to
  const options: MeshOptions = { endpoints: away.endpoints ?? { watchEndpoints: () => () => {} } };
  // @ts-expect-error the name of a service is text
  void mesh.call(voice.length, { method: 'GET', path: '/' });
  // @ts-expect-error a request has a path
  void mesh.call(voice, { method: 'GET' });
  void [absent, options];
  const parts = [{ balance }, { balance: hash }, { balance: on }, { faults: [fault] }];
  return [timeout, unit, sticky, outliers, probe, field, ...parts].map((defaults) => ({ defaults }));
}

it('policies and handlers have types that fit', async () => {
  expectTypeOf<{ balance: { kind: 'maglev'; on: { header: 'x-document' }; loadFactor: 1.25 } }>().toExtend<ServicePolicy>();
  const { mesh, runtime } = await setUp();
  const handler = mesh.handler(voice, async (page: number, _call, lease) => `${page} at ${lease.endpoint.instanceId}`);
  expectTypeOf(handler).parameter(0).toEqualTypeOf<number>();
  expectTypeOf(handler).returns.resolves.toEqualTypeOf<string>();
  expect(await handler(7, Call.root({ runtime }))).toBe('7 at a');
});

it('what does not compile is refused at run time too', async () => {
  const { mesh } = await setUp();
  const wrongs = wrong({ call: async () => undefined } as unknown as ServiceMesh);
  expect(wrongs).toHaveLength(10);
  for (const policy of wrongs) {
    expect(() => mesh.setPolicy(policy), JSON.stringify(policy)).toThrowError(expect.objectContaining({ code: 'INVALID_OPTIONS' }));
  }
});
