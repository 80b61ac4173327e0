import { describe, expect, it } from 'vitest';
import { Call } from '../../call/call.ts';
import { testRuntime } from '../../testing/index.ts';
import { dealHand } from './deal-hand.ts';
import { FairLine } from './fair-line.ts';
import { Waiting } from './waiting.ts';

const handOf = (key: string, seed = 1): readonly number[] => {
  const hand = new Uint8Array(8);
  dealHand(key, seed, 64, hand);
  return [...hand];
};

describe('a hand', () => {
  const keys = Array.from({ length: 10_000 }, (_, index) => `tenant ${index}`);

  it('has eight different queues of the 64, the same for the same name and seed', () => {
    for (const key of keys) {
      const hand = handOf(key);
      expect(new Set(hand).size).toBe(8);
      expect(Math.max(...hand)).toBeLessThan(64);
    }
    expect(handOf('acme')).toEqual(handOf('acme'));
    expect(handOf('acme', 2)).not.toEqual(handOf('acme', 1));
    expect(handOf('')).toHaveLength(8);
  });

  it('is dealt evenly, and nobody of ten thousand has no queue that another one does not have', () => {
    const counts = Array.from({ length: 64 }, () => 0);
    const elephant = new Set(handOf('elephant'));
    for (const key of keys) {
      const hand = handOf(key);
      for (const card of hand) counts[card] = (counts[card] ?? 0) + 1;
      expect(hand.some((card) => !elephant.has(card))).toBe(true);
    }
    expect(Math.min(...counts)).toBeGreaterThan(1_250 * 0.85);
    expect(Math.max(...counts)).toBeLessThan(1_250 * 1.15);
  });
});

describe('a fair line', () => {
  const call = Call.root({ runtime: testRuntime() });
  const fill = (line: FairLine, key: string, count: number): readonly Waiting[] =>
    Array.from({ length: count }, (_, index) => {
      const flow = line.flowOf(key);
      const waiting = new Waiting({ call, waiter: { admitted: () => {}, refused: () => {} }, since: index, rank: 0, flow });
      line.add(waiting);
      return waiting;
    });

  it('spreads one key over its eight queues and serves the queues in turn, the oldest of each first', () => {
    const line = new FairLine(100, 1);
    const elephants = fill(line, 'elephant', 24);
    const [mouse] = fill(line, 'mouse', 1);
    expect(new Set(elephants.map(({ flow }) => flow)).size).toBe(8);
    const served: (Waiting | undefined)[] = [];
    for (let next = line.takeNext(); next; next = line.takeNext()) served.push(next);
    expect(served).toHaveLength(25);
    expect(served.indexOf(mouse)).toBe(8);
    expect(served.filter((one) => one !== mouse)).toEqual(elephants);
    expect([line.size, line.oldestSince()]).toEqual([0, Number.POSITIVE_INFINITY]);
  });

  it('knows how many are served before whoever comes now', () => {
    const line = new FairLine(100, 1);
    fill(line, 'elephant', 24);
    expect(line.ahead(line.flowOf('mouse'))).toBe(8);
    expect(line.ahead(line.flowOf('elephant'))).toBe(24);
  });

  it('gives up the youngest of the longest queue, and nobody where that would change nothing', () => {
    const line = new FairLine(16, 1);
    const elephants = fill(line, 'elephant', 16);
    expect(line.full).toBe(true);
    expect(line.displacedBy(line.flowOf('elephant'))).toBeUndefined();
    const displaced = line.displacedBy(line.flowOf('mouse')) as Waiting;
    expect(elephants.indexOf(displaced)).toBeGreaterThanOrEqual(8);
    line.remove(displaced);
    expect(line.full).toBe(false);
    const few = new FairLine(5, 1);
    fill(few, 'elephant', 5);
    expect(few.displacedBy(few.flowOf('mouse'))).toBeUndefined();
  });

  it('takes anybody out, wherever they stand', () => {
    const line = new FairLine(100, 1);
    const all = fill(line, 'elephant', 24);
    for (const one of [all[0], all[23], all[11], all[8]] as Waiting[]) line.remove(one);
    const rest = all.filter((_, index) => ![0, 8, 11, 23].includes(index));
    expect(line.size).toBe(20);
    expect(line.oldestSince()).toBe(1);
    const served = Array.from(rest, () => line.takeNext());
    expect(new Set(served)).toEqual(new Set(rest));
    expect(line.takeNext()).toBeUndefined();
  });
});
