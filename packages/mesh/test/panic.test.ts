import { describe, expect, it } from 'vitest';
import { endpoint } from './fake-registry.ts';
import { type MeshSetUp, type SetUpOptions, setUp, voice } from './mesh-set-up.ts';

/** So many endpoints, the first of which are ill by the registry's account. */
async function house(size: number, ill: number, options: SetUpOptions = {}): Promise<MeshSetUp> {
  const made = await setUp({ instances: [], ...options });
  for (let each = 0; each < size; each++) {
    made.registry.put(endpoint({ serviceName: voice, port: 80, instanceId: `${each}`, state: each < ill ? 'unhealthy' : 'ready' }));
  }
  await made.mesh.ready(voice);
  return made;
}

const usedOf = ({ shares }: MeshSetUp): number => Object.keys(shares(1_000)).length;

describe('when few endpoints are well', () => {
  it.each([
    [10, 6, 10, true],
    [10, 5, 5, false],
    [10, 10, 10, true],
    [4, 3, 4, true],
    [3, 2, 1, false],
    [3, 3, 3, true],
    [2, 1, 1, false],
    [1, 1, 1, true],
  ])('of %i with %i ill, %i are used; panic: %s', async (size, ill, expected, panic) => {
    const made = await house(size, ill);
    expect(usedOf(made)).toBe(expected);
    expect(made.explain().panic).toBe(panic);
  });

  it('says so of each one that is used all the same, in what can be inspected, and in a metric', async () => {
    const counted: string[] = [];
    const metrics = { count: (name: string) => void counted.push(name), gauge() {}, observe() {} };
    const made = await house(10, 6, { metrics });
    const { endpoints } = made.explain();
    expect(endpoints.filter(({ inPanic, reasons }) => inPanic && reasons.join() === 'unhealthy')).toHaveLength(6);
    expect(endpoints.filter(({ eligible, inPanic }) => eligible && inPanic === undefined)).toHaveLength(4);
    const services = made.mesh.resources().find(({ name }) => name === 'services');
    expect((await services?.list({ limit: 1 }))?.items).toMatchObject([{ id: voice, panic: true, available: 4, endpoints: 10 }]);
    made.shares(100);
    expect(counted.filter((name) => name === 'tutti_mesh_panic_picks_total')).toHaveLength(100);
  });

  it('refuses instead, where the policy never panics', async () => {
    const made = await house(10, 10, { policy: { panicBelow: 0 } });
    expect(() => made.take()).toThrowError('0 is unhealthy, 1 is unhealthy');
    expect(made.explain().panic).toBe(false);
  });

  it('still gives nothing to one that drains or has no weight, and reaches for the unreachable last', async () => {
    const made = await house(11, 7, { script: (each) => each.refuse() });
    for (const [instanceId, change] of Object.entries({ 0: { state: 'draining' as const }, 1: { weight: 0 } })) {
      made.registry.put(endpoint({ serviceName: voice, port: 80, instanceId, ...change }));
    }
    const others = ['3', '4', '5', '6', '7', '8', '9', '10'];
    const refused = made.mesh.lease(voice, { exclude: others });
    expect(refused.endpoint.instanceId).toBe('2');
    refused.dispatcher.dispatch(
      { method: 'GET', path: '/' },
      { onRequestStart() {}, onResponseStart() {}, onResponseData() {}, onResponseEnd() {}, onResponseError() {} },
    );
    refused.done({ kind: 'failure', latencyMs: 1 });
    expect(Object.keys(made.shares(1_000)).sort()).toEqual(others.sort());
    expect(made.seen('2')).toMatchObject({ reasons: ['unhealthy', 'unreachable'] });
    expect(made.seen('2').inPanic).toBeUndefined();
  });

  it('stops when enough are well again', async () => {
    const made = await house(10, 6);
    expect(usedOf(made)).toBe(10);
    made.registry.put(endpoint({ serviceName: voice, port: 80, instanceId: '0' }));
    expect(usedOf(made)).toBe(5);
  });
});
