import { describe, expect, it } from 'vitest';
import { endpoint, FakeRegistry } from '../../test/fake-registry.ts';
import { ReplicaRoll, replicasService } from './replica-roll.ts';

const record = (instanceId: string, applied: string, incarnation = '1') =>
  endpoint({ serviceName: replicasService, instanceId, port: 1, incarnation, metadata: { 'applied/voice': applied } });

function roll() {
  const registry = new FakeRegistry();
  const made = new ReplicaRoll();
  made.follow(registry);
  return { registry, roll: made };
}

describe('the roll of replicas', () => {
  it('names those behind, by name', () => {
    const { registry, roll: called } = roll();
    for (const [id, applied] of [
      ['c', '2'],
      ['b', '1'],
      ['a', '0'],
      ['d', 'new'],
    ] as const)
      registry.put(record(id, applied));
    expect(called.lagging('voice', 1)).toEqual(['a', 'd']);
    expect(called.lagging('voice', 2)).toEqual(['a', 'b', 'd']);
    expect(called.lagging('mail', 2)).toEqual([]);
  });

  it('is not told of the end of a life that another has followed', async () => {
    const { registry, roll: called } = roll();
    const first = registry.put(record('a', '1', 'first'));
    registry.put(record('a', '2', 'second'));
    registry.endpoints.delete(`${replicasService}/a`);
    await registry.deregister(first);
    expect(called.replicas.map(({ incarnation }) => incarnation)).toEqual(['second']);
  });

  it('begins anew with each snapshot', () => {
    const { registry, roll: called } = roll();
    registry.put(record('a', '1'));
    registry.endpoints.clear();
    registry.tell(replicasService);
    expect(called.replicas).toEqual([]);
  });
});
