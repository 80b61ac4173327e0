import { seededRandom } from '@tutti/core';
import { describe, expect, it } from 'vitest';
import { FakeCandidate, pickWith, shares } from '../../test/fake-candidate.ts';
import type { Balancer } from './candidate.ts';
import { leastConnections, peakEwma } from './least-load.ts';
import { maglev } from './maglev.ts';
import { randomChoice } from './random-choice.ts';
import { ringHash } from './ring-hash.ts';
import { roundRobin } from './round-robin.ts';
import { weighted } from './weighted.ts';

const named = (...ids: readonly string[]): FakeCandidate[] => ids.map((id) => new FakeCandidate(id));
const ten = (): FakeCandidate[] => named('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j');

const all: readonly (readonly [string, () => Balancer])[] = [
  ['round-robin', roundRobin],
  ['weighted', weighted],
  ['random', randomChoice],
  ['least-connections of two', leastConnections],
  ['least-connections of all', () => leastConnections({ scan: 'all' })],
  ['peak-ewma', peakEwma],
  ['ring-hash', ringHash],
  ['maglev', maglev],
];

describe.each(all)('%s', (_name, balancer) => {
  it('picks nobody of nobody, and the only one of one', () => {
    const pick = pickWith(seededRandom(1), { hash: 7 });
    expect(balancer().over([]).next(pick)).toBeUndefined();
    const [only] = named('a') as [FakeCandidate];
    expect(balancer().over([only]).next(pick)).toBe(only);
    only.open = false;
    expect(balancer().over([only]).next(pick)).toBeUndefined();
  });

  it('never picks one that is shut or excluded, and always finds the one that is left', () => {
    const random = seededRandom(2);
    const candidates = ten();
    const balance = balancer().over(candidates);
    for (let round = 0; round < 2_000; round++) {
      const left = Math.floor(random() * 10);
      for (const [index, candidate] of candidates.entries()) {
        candidate.open = index === left || random() < 0.3;
        candidate.risen = random() < 0.2 ? 0.1 : 1;
        candidate.inFlight = Math.floor(random() * 5);
      }
      const exclude = candidates.filter((_candidate, index) => index !== left && random() < 0.3).map(({ instanceId }) => instanceId);
      const inFlight = candidates.reduce((sum, each) => sum + each.inFlight, 0);
      const hash = random() < 0.5 ? -1 : Math.floor(random() * 2 ** 32);
      const picked = balance.next(pickWith(random, { exclude, hash, inFlight }));
      expect(picked?.open).toBe(true);
      expect(exclude).not.toContain(picked?.instanceId);
    }
  });

  it('leads a newcomer up: at a tenth of its share it gets about a hundredth of ten', () => {
    if (_name === 'ring-hash' || _name === 'maglev') return; // a hash decides, whoever is new
    const candidates = ten();
    (candidates[3] as FakeCandidate).risen = 0.1;
    const balance = balancer().over(candidates);
    const pick = pickWith(seededRandom(3));
    const share = (shares(100_000, () => balance.next(pick))['d'] ?? 0) / 100_000;
    expect(share).toBeGreaterThan((0.1 / 9.1) * 0.8);
    expect(share).toBeLessThan((0.1 / 9.1) * 1.2);
  });
});

describe('round robin', () => {
  it('goes on after the one that had the last turn, whatever became of the set', () => {
    const balancer = roundRobin();
    const pick = pickWith(seededRandom(1));
    const order = (ids: readonly string[], picks: number): string => {
      const balance = balancer.over(named(...ids));
      return Array.from({ length: picks }, () => balance.next(pick)?.instanceId).join('');
    };
    expect([order(['a', 'b', 'c'], 4), order(['b', 'c'], 2), order(['a', 'b', 'c', 'd'], 4), order(['a'], 1)]).toEqual([
      'abca',
      'bc',
      'dabc',
      'a',
    ]);
  });
});

describe('weighted', () => {
  it.each([
    [{ a: 5, b: 1, c: 1 }, 'aabacaa'],
    [{ a: 1, b: 1, c: 1 }, 'abcabc'],
    [{ a: 2, b: 1 }, 'abaaba'],
  ] as const)('spreads %j as %s', (weights, expected) => {
    const candidates = Object.entries(weights).map(([id, weight]) => new FakeCandidate(id, { weight }));
    const balance = weighted().over(candidates);
    const pick = pickWith(seededRandom(1));
    expect(Array.from(expected, () => balance.next(pick)?.instanceId).join('')).toBe(expected);
  });

  it('keeps the credit of those who stay when the set is made anew', () => {
    const balancer = weighted();
    const candidates = [new FakeCandidate('a', { weight: 5 }), new FakeCandidate('b'), new FakeCandidate('c')];
    const pick = pickWith(seededRandom(1));
    expect(Array.from('aabacaa', () => balancer.over(candidates).next(pick)?.instanceId).join('')).toBe('aabacaa');
  });

  it('gives fractions their share', () => {
    const candidates = [new FakeCandidate('a', { weight: 0.7 }), new FakeCandidate('b', { weight: 0.3 })];
    const balance = weighted().over(candidates);
    expect(shares(500, () => balance.next(pickWith(seededRandom(1))))).toEqual({ a: 350, b: 150 });
  });
});

describe.each([
  ['random', randomChoice],
  ['least-connections of two', leastConnections],
] as const)('%s', (_name, balancer) => {
  it('draws by weight', () => {
    const candidates = [new FakeCandidate('a', { weight: 3 }), new FakeCandidate('b', { weight: 1 })];
    if (_name !== 'random') for (const each of candidates) each.inFlight = each.weight - 1; // the same for its weight
    const balance = balancer().over(candidates);
    const pick = pickWith(seededRandom(4));
    const { a = 0 } = shares(20_000, () => balance.next(pick));
    expect(a / 20_000).toBeGreaterThan(0.72);
    expect(a / 20_000).toBeLessThan(_name === 'random' ? 0.78 : 1);
  });
});

describe('least connections', () => {
  it('of all takes the one with the fewest for its weight', () => {
    const candidates = [
      new FakeCandidate('a', { inFlight: 3 }),
      new FakeCandidate('b', { inFlight: 5, weight: 4 }),
      new FakeCandidate('c', { inFlight: 2 }),
    ];
    expect(
      leastConnections({ scan: 'all' })
        .over(candidates)
        .next(pickWith(seededRandom(1)))?.instanceId,
    ).toBe('b');
  });

  it('holds failing against an endpoint, although nothing is under way there', () => {
    const candidates = ten();
    for (const each of candidates) each.inFlight = 4;
    Object.assign(candidates[0] as FakeCandidate, { inFlight: 0, failing: 0.8 });
    for (const scan of ['two', 'all'] as const) {
      const balance = leastConnections({ scan }).over(candidates);
      const pick = pickWith(seededRandom(5));
      expect(shares(2_000, () => balance.next(pick))['a'] ?? 0).toBe(0);
    }
  });

  it('shares evenly what costs the same', () => {
    const balance = leastConnections({ scan: 'all' }).over(ten());
    const pick = pickWith(seededRandom(6));
    for (const count of Object.values(shares(10_000, () => balance.next(pick)))) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });
});

describe('peak ewma', () => {
  it('takes the cheaper of two, and so never the dearest while there are others', () => {
    const candidates = ten();
    candidates.forEach((each, index) => {
      each.costs = index;
    });
    const balance = peakEwma().over(candidates);
    const pick = pickWith(seededRandom(7));
    const counts = shares(10_000, () => balance.next(pick));
    expect(counts['j'] ?? 0).toBeLessThan(10);
    expect(counts['a'] ?? 0).toBeGreaterThan(counts['b'] ?? 0);
  });
});

const keys = Array.from({ length: 20_000 }, (_key, index) => Math.imul(index + 1, 0x9e3779b1) >>> 0);

describe.each([
  ['ring-hash', ringHash, 0.12, 1.35],
  ['maglev', maglev, 0.2, 1.1],
] as const)('%s', (_name, balancer, mostMoved, mostEach) => {
  const owners = (ids: readonly FakeCandidate[]): (string | undefined)[] => {
    const balance = balancer({ loadFactor: Number.POSITIVE_INFINITY }).over(ids);
    return keys.map((hash) => balance.next(pickWith(seededRandom(1), { hash }))?.instanceId);
  };

  it('moves few keys when one of ten goes, and none but its own when it is only shut', () => {
    const before = owners(ten());
    const after = owners(ten().filter(({ instanceId }) => instanceId !== 'e'));
    const moved = keys.filter((_hash, index) => before[index] !== after[index]).length / keys.length;
    expect(moved).toBeLessThanOrEqual(mostMoved);
    const shut = ten();
    (shut[4] as FakeCandidate).open = false;
    expect(owners(shut).filter((owner, index) => before[index] !== 'e' && owner !== before[index])).toEqual([]);
  });

  it('gives every endpoint about its share, by weight', () => {
    const even = shares(keys.length, nextOf(owners(ten())));
    for (const count of Object.values(even)) expect(count / (keys.length / 10)).toBeLessThan(mostEach);
    const heavy = shares(keys.length, nextOf(owners([new FakeCandidate('a', { weight: 3 }), new FakeCandidate('b')])));
    expect((heavy['a'] ?? 0) / keys.length).toBeCloseTo(0.75, 1);
  });

  it('lets no endpoint of a hot key have more than its bound', () => {
    const candidates = ten();
    const balance = balancer({ loadFactor: 1.25 }).over(candidates);
    let inFlight = 0;
    for (let request = 0; request < 1_000; request++) {
      const picked = balance.next(pickWith(seededRandom(1), { hash: 42, inFlight }));
      if (!picked) throw new Error('somebody has room');
      picked.inFlight++;
      inFlight++;
      for (const each of candidates) expect(each.inFlight).toBeLessThanOrEqual(Math.ceil((1.25 * inFlight) / 10));
    }
  });

  it('agrees with itself in another process, whatever the order of registration', () => {
    expect(owners([...ten()].sort())).toEqual(owners(ten()));
  });
});

function nextOf(ids: readonly (string | undefined)[]): () => { readonly instanceId: string } | undefined {
  let at = 0;
  return () => ({ instanceId: ids[at++] ?? 'nobody' });
}
