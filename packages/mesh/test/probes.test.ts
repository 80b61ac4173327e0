import { describe, expect, it } from 'vitest';
import { FakeProber } from './fake-prober.ts';
import { endpoint } from './fake-registry.ts';
import { type MeshSetUp, setUp, voice } from './mesh-set-up.ts';

const policy = { probe: { kind: 'http', path: '/health', identity: true }, slowStart: { window: '10s' } } as const;
const url = (port: number): string => `http://127.0.0.1:${port}/health`;

async function house(): Promise<MeshSetUp & { readonly prober: FakeProber }> {
  const prober = new FakeProber();
  const made = await setUp({ instances: [], policy, mesh: { prober } });
  for (const port of [1, 2, 3]) made.registry.put(endpoint({ serviceName: voice, port, instanceId: `${port}` }));
  await made.mesh.ready(voice);
  return { ...made, prober };
}

describe('probes of the endpoints of a service', () => {
  it('ask each one for as long as it is there, and all that is said in the policy', async () => {
    const { prober, registry, mesh } = await house();
    expect(prober.watched.get(url(2))?.probe).toEqual({ kind: 'http', url: url(2), identity: voice });
    expect([...prober.watched.keys()].sort()).toEqual([url(1), url(2), url(3)]);
    registry.put(endpoint({ serviceName: voice, port: 4, instanceId: '4', host: '::1' }));
    const gone = registry.endpoints.get('voice/2');
    if (gone) await registry.deregister(gone);
    expect([...prober.watched.keys()].sort()).toEqual([url(1), url(3), 'http://[::1]:4/health']);
    mesh.setPolicy({ defaults: { probe: { kind: 'tcp' } } });
    expect([...prober.watched.keys()].sort()).toEqual(['tcp://127.0.0.1:1', 'tcp://127.0.0.1:3', 'tcp://::1:4']);
    mesh.setPolicy({});
    expect(prober.watched.size).toBe(0);
    mesh.setPolicy({ defaults: policy });
    await mesh.stop();
    expect(prober.watched.size).toBe(0);
  });

  it('follow the next life of an instance, and not the one before', async () => {
    const { prober, registry, seen } = await house();
    prober.say(url(2), 'unhealthy');
    registry.put(endpoint({ serviceName: voice, port: 22, instanceId: '2' }));
    expect([...prober.watched.keys()].sort()).toEqual([url(1), url(22), url(3)]);
    expect(seen('2').eligible).toBe(true);
  });

  it('leave out one that fails, and lead it up to its share when it is well again', async () => {
    const { prober, shares, seen } = await house();
    prober.say(url(2), 'unhealthy');
    expect(Object.keys(shares(100))).toEqual(['1', '3']);
    prober.say(url(2), 'degraded');
    expect(seen('2')).toMatchObject({ eligible: true, share: 0.1 });
  });

  it('end an ejection early', async () => {
    const { prober, take, seen } = await house();
    for (let each = 0; each < 5; each++) take('failure', { exclude: ['1', '3'] });
    expect(seen('2').reasons).toEqual(['ejected']);
    prober.say(url(2), 'healthy');
    expect(seen('2').reasons).toEqual([]);
  });
});
