import { describe, expect, it } from 'vitest';
import type { BalanceKind, ServicePolicy } from '../src/index.ts';
import { endpoint } from './fake-registry.ts';
import { type MeshSetUp, setUp, voice } from './mesh-set-up.ts';

const put = ({ registry }: MeshSetUp, instanceId: string, given = {}): void => {
  registry.put(endpoint({ serviceName: voice, port: 80, instanceId, ...given }));
};
const old = ['a', 'b', 'c', 'd'];
const house = async (policy: ServicePolicy): Promise<MeshSetUp> => {
  const made = await setUp({ instances: old, policy: { slowStart: { window: '100s' }, ...policy } });
  await made.mesh.ready(voice);
  return made;
};

/** Of what an endpoint at its full share gets, so much comes to the new one. */
function partOf(made: MeshSetUp, instanceId: string, picks = 20_000): number {
  const shares = made.shares(picks);
  const others = old.reduce((sum, id) => sum + (shares[id] ?? 0), 0) / old.length;
  return (shares[instanceId] ?? 0) / others;
}

describe('an endpoint that is new', () => {
  it.each<BalanceKind>(['peak-ewma', 'round-robin', 'weighted', 'least-connections', 'random'])(
    'is led up to its share by %s as the formula says, within a fifth of it',
    async (balance) => {
      const made = await house({ balance });
      put(made, 'new');
      for (const [afterMs, share] of [
        [10_000, 0.1],
        [15_000, 0.25],
        [25_000, 0.5],
      ] as const) {
        await made.runtime.clock.advance(afterMs);
        const part = partOf(made, 'new');
        expect(part, `${share}`).toBeGreaterThan(share * 0.8);
        expect(part, `${share}`).toBeLessThan(share * 1.2);
      }
      await made.runtime.clock.advance(50_000);
      expect(Math.abs(partOf(made, 'new') - 1)).toBeLessThan(0.1);
    },
  );

  it('begins with the least share, and rises faster with more aggression', async () => {
    const made = await house({ balance: 'random', slowStart: { window: '100s', minShare: 0.05, aggression: 2 } });
    put(made, 'new');
    expect(made.seen('new').share).toBe(0.05);
    await made.runtime.clock.advance(25_000);
    expect(made.seen('new').share).toBeCloseTo(0.5);
  });

  it('is one that was ill or is another life of the same instance, and none of those that were there at first', async () => {
    const made = await house({});
    expect(made.explain().endpoints.every(({ share }) => share === 1)).toBe(true);
    const [known] = made.registry.endpoints.values();
    if (!known) throw new Error('nobody is there');
    made.registry.put({ ...known, state: 'unhealthy' });
    made.registry.put(known);
    expect(made.seen(known.instanceId).share).toBe(0.1);
    await made.runtime.clock.advance(100_000);
    expect(made.seen(known.instanceId).share).toBe(1);
    put(made, 'b');
    expect(made.seen('b').share).toBe(0.1);
    made.registry.tell(voice);
    expect(made.explain().endpoints.filter(({ share }) => share < 1)).toHaveLength(1);
  });

  it('has its full share at once where the policy has no slow start (control), or when nobody else is there', async () => {
    const without = await setUp({ instances: old });
    await without.mesh.ready(voice);
    put(without, 'new');
    expect(partOf(without, 'new', 5_000)).toBe(1);
    const alone = await setUp({ instances: [], policy: { slowStart: { window: '100s' } } });
    await alone.mesh.ready(voice);
    put(alone, 'new');
    expect(alone.shares(100)).toEqual({ new: 100 });
  });
});
