import { type LeaseHints, memoryConfigStore } from '@tutti/core';
import { describe, expect, it } from 'vitest';
import type { ExclusionReason, ServicePolicy } from '../src/index.ts';
import { FakeProber } from './fake-prober.ts';
import { endpoint } from './fake-registry.ts';
import { type MeshSetUp, setUp, voice } from './mesh-set-up.ts';

const policy: ServicePolicy = {
  panicBelow: 0,
  endpointBreaker: { failures: 1, openFor: '1h' },
  limits: { maxPerEndpoint: 2 },
  outliers: { maxShare: 1, consecutiveFailures: 5 },
  probe: { kind: 'http', path: '/health' },
};

async function house(given: ServicePolicy = policy): Promise<MeshSetUp & { readonly prober: FakeProber }> {
  const prober = new FakeProber();
  const made = await setUp({ instances: ['well'], policy: given, mesh: { prober } });
  await made.mesh.ready(voice);
  return { ...made, prober };
}

type House = Awaited<ReturnType<typeof house>>;

const put = ({ registry }: House, given = {}): void =>
  void registry.put(endpoint({ serviceName: voice, port: 81, instanceId: 'odd', ...given }));
const only = { exclude: ['well'] };
const probe = 'http://127.0.0.1:81/health';

const act = async ({ mesh }: House, name: string): Promise<void> => {
  await mesh
    .actions()
    .find((action) => action.name === name)
    ?.run({ target: 'voice/odd', actor: 'ann', reason: 'tried' });
};

/** Sends something that is refused before there is a connection. */
function refuse(made: House): void {
  const lease = made.mesh.lease(voice, only);
  const { dispatcher } = lease;
  dispatcher.dispatch(
    { method: 'GET', path: '/' },
    { onRequestStart() {}, onResponseStart() {}, onResponseData() {}, onResponseEnd() {}, onResponseError() {} },
  );
  lease.done({ kind: 'cancelled', latencyMs: 1 });
  made.log[0]?.refuse();
}

interface Way {
  /** What the registry says of the endpoint `odd`. */
  readonly given?: object;
  readonly befalls?: (made: House) => void | Promise<void>;
  /** What the request wants. */
  readonly hints?: LeaseHints;
}

/** How the endpoint `odd` comes to be passed over, for each reason that there is. */
const ways: Readonly<Record<ExclusionReason, Way>> = {
  draining: { given: { state: 'draining' } },
  unhealthy: { given: { state: 'unhealthy' } },
  'without weight': { given: { weight: 0 } },
  'of another tenant': { given: { tenant: 'acme' }, hints: { tenant: 'bolt' } },
  'of another version': { given: { version: '1' }, hints: { version: '2' } },
  'without a wanted tag': { given: { tags: ['big'] }, hints: { tags: ['gpu'] } },
  'tried already': { hints: { exclude: ['odd'] } },
  'failing its probe': { befalls: ({ prober }) => prober.say(probe, 'unhealthy') },
  'shut off by its breaker': { befalls: ({ take }) => void take('failure', only) },
  full: { befalls: ({ mesh }) => void [mesh.lease(voice, only), mesh.lease(voice, only)] },
  unreachable: { befalls: refuse },
  ejected: { befalls: (made) => act(made, 'eject') },
};

describe('an explanation', () => {
  it.each(Object.entries(ways))('says of an endpoint that it is %s', async (reason, { given, befalls, hints }) => {
    const made = await house();
    put(made, given);
    await befalls?.(made);
    expect(made.seen('odd', hints)).toMatchObject({ eligible: false, reasons: [reason] });
    expect(made.seen('well')).toMatchObject({ eligible: true, reasons: [] });
  });

  it('names them all, the strongest first, and when the last of those that end by themselves does', async () => {
    const made = await house();
    put(made);
    refuse(made);
    await act(made, 'readmit');
    await ways.full.befalls?.(made);
    made.log[0]?.refuse();
    await act(made, 'eject');
    await act(made, 'open-breaker');
    made.prober.say(probe, 'unhealthy');
    const known = made.registry.endpoints.get('voice/odd');
    if (known) made.registry.put({ ...known, state: 'draining', weight: 0, version: '1' });
    const { reasons, endsInMs } = made.seen('odd', { version: '2', exclude: ['odd'] });
    expect(reasons).toEqual([
      'of another version',
      'draining',
      'without weight',
      'failing its probe',
      'ejected',
      'unreachable',
      'full',
      'shut off by its breaker',
      'tried already',
    ]);
    expect(endsInMs).toBe(30_000);
  });

  it('is what a refusal says too, and what can be inspected', async () => {
    const made = await house();
    made.registry.put(endpoint({ serviceName: voice, port: 80, instanceId: 'well', state: 'unhealthy' }));
    put(made);
    await act(made, 'eject');
    expect(() => made.take()).toThrowError('no endpoint of voice can take a request: odd is ejected, well is unhealthy');
    const endpoints = made.mesh.resources().find(({ name }) => name === 'endpoints');
    expect((await endpoints?.list({ limit: 10 }))?.items).toMatchObject([
      { id: 'voice/odd', reasons: ['ejected'], endsInMs: 30_000, ejections: 1 },
      { id: 'voice/well', reasons: ['unhealthy'], state: 'unhealthy' },
    ]);
  });

  it('says which version a plan gives to the request', async () => {
    const made = await setUp({ instances: [], mesh: { config: memoryConfigStore() } });
    for (const version of ['1', '2']) made.registry.put(endpoint({ serviceName: voice, port: 80, instanceId: `v${version}`, version }));
    await made.settled(made.mesh.ready(voice));
    await made.mesh.apply({ serviceName: voice, weights: { 1: 1 }, rules: [{ when: { tenant: 'acme' }, version: '2' }] }, 0);
    await made.runtime.clock.advance(10);
    expect(made.explain({ tenant: 'acme' })).toMatchObject({ plan: { version: '2', revision: 1 } });
    expect(made.explain()).toMatchObject({
      plan: { version: '1', revision: 1 },
      endpoints: [
        { instanceId: 'v1', reasons: [] },
        { instanceId: 'v2', reasons: ['of another version'] },
      ],
    });
  });

  it('changes nothing: asking a thousand times leaves the round where it was', async () => {
    const made = await setUp();
    expect(made.take()).toBe('a');
    for (let each = 0; each < 1_000; each++) made.explain();
    expect([made.take(), made.take(), made.take()]).toEqual(['b', 'c', 'a']);
  });
});
