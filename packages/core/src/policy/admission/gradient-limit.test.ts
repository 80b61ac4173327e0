import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../runtime/random.ts';
import { type GradientLimitOptions, gradientLimit } from './gradient-limit.ts';
import type { AdmissionOutcome, ConcurrencyLimit } from './limit-policy.ts';

/** A limit and the time of its target, told of one full window after the other. */
class Told {
  readonly limit: ConcurrencyLimit;
  now = 1_000;

  constructor(options: GradientLimitOptions) {
    this.limit = gradientLimit(options).limit();
  }

  get places(): number {
    return this.limit.places(this.now);
  }

  /** As many windows of twenty calls that take so long, with so many of the places used. */
  windows(count: number, latencyMs: number, options: { used?: number; outcome?: AdmissionOutcome; everyMs?: number } = {}): this {
    const { used = 1, outcome = 'success', everyMs = latencyMs / 10 } = options;
    for (let each = 0; each < count * 20; each++) {
      this.now += everyMs;
      this.limit.sample(this.now, latencyMs, Math.ceil(this.places * used), outcome);
    }
    return this;
  }
}

/** The same without the rule about learning: whatever calls take now becomes what they usually take. */
class AlwaysLearning implements ConcurrencyLimit {
  #limit = 20;
  #usualMs = 0;
  #samples = 0;
  #sumMs = 0;
  #to = 0;

  places(): number {
    return Math.floor(this.#limit);
  }

  sample(now: number, latencyMs: number): void {
    if (this.#samples === 0) this.#to = now + this.#usualMs;
    this.#samples++;
    this.#sumMs += latencyMs;
    if (this.#samples < 10 || now < this.#to) return;
    const present = this.#sumMs / this.#samples;
    this.#usualMs = this.#usualMs === 0 ? present : this.#usualMs + (present - this.#usualMs) * Math.min(0.1, (2 * this.#samples) / 601);
    const gradient = Math.max(0.5, Math.min(1, (1.5 * this.#usualMs) / present));
    this.#limit = Math.min(1_000, this.#limit * 0.8 + (this.#limit * gradient + 4) * 0.2);
    this.#samples = 0;
    this.#sumMs = 0;
  }
}

/** So many calls through a target with `workers`, all places always taken: what the limit is in the end. */
function saturated(limit: ConcurrencyLimit, calls: number, workers: number, workMs: (call: number) => number): number {
  const freeAt: number[] = Array.from({ length: workers }, () => 0);
  const ending: { at: number; begun: number }[] = [];
  let now = 0;
  for (let call = 0; call < calls; call++) {
    while (ending.length < limit.places(now)) {
      let soonest = 0;
      for (let each = 1; each < workers; each++) if ((freeAt[each] as number) < (freeAt[soonest] as number)) soonest = each;
      const at = Math.max(now, freeAt[soonest] as number) + workMs(call);
      freeAt[soonest] = at;
      ending.push({ at, begun: now });
    }
    let first = 0;
    for (let each = 1; each < ending.length; each++) {
      if ((ending[each] as { at: number }).at < (ending[first] as { at: number }).at) first = each;
    }
    const [done] = ending.splice(first, 1) as [{ at: number; begun: number }];
    now = done.at;
    limit.sample(now, now - done.begun, ending.length + 1, 'success');
  }
  return limit.places(now);
}

describe('a gradient limit', () => {
  it.each<[string, (told: Told) => Told, (places: number) => boolean]>([
    ['grows while calls take as long as usual', (told) => told.windows(50, 50), (places) => places >= 50],
    ['grows no further than its highest', (told) => told.windows(500, 50), (places) => places === 100],
    ['does not grow while less than half of it is used', (told) => told.windows(500, 50, { used: 0.4 }), (places) => places === 20],
    ['grows where calls take a little longer than usual', (told) => told.windows(20, 50).windows(20, 70), (places) => places >= 45],
    ['shrinks when they take far longer', (told) => told.windows(50, 50).windows(20, 300), (places) => places === 10],
    [
      'shrinks when the target refuses, however quickly',
      (told) => told.windows(50, 50).windows(20, 1, { outcome: 'overload', everyMs: 5 }),
      (places) => places <= 30,
    ],
    ['learns nothing from what says nothing', (told) => told.windows(100, 1, { outcome: 'ignored' }), (places) => places === 20],
    [
      'takes a new time for usual after it has shrunk for its sake',
      (told) => told.windows(50, 50).windows(400, 300),
      (places) => places >= 50,
    ],
    ['and comes back from it', (told) => told.windows(50, 50).windows(400, 300).windows(900, 50).windows(30, 150), (places) => places < 60],
  ])('%s', (_title, tell, holds) => {
    const { places } = tell(new Told({ min: 10, initial: 20, max: 100 }));
    expect(places).toSatisfy(holds);
  });

  it('moves once in the time that a call takes, however many calls there are', () => {
    const told = new Told({ min: 20, max: 200 }).windows(20, 100);
    const before = told.places;
    for (let each = 0; each < 10_000; each++) told.limit.sample(told.now + each / 200, 100, told.places, 'success');
    expect(told.places - before).toBeLessThanOrEqual(1);
  });

  it('stays where it is after a quarter of an hour of overload, and where it ought to be, whatever the work is like', () => {
    const random = seededRandom(3);
    const even = saturated(gradientLimit({ min: 4, max: 1_000 }).limit(), 200_000, 10, () => 50);
    const uneven = saturated(gradientLimit({ min: 4, max: 1_000 }).limit(), 200_000, 10, () => -50 * Math.log(1 - random()));
    expect(even).toSatisfy((places: number) => places >= 8 && places <= 25);
    expect(uneven).toSatisfy((places: number) => places >= 8 && places <= 40);
    // where the queue that it allows is learnt as usual it creeps up to many times of that (control)
    expect(saturated(new AlwaysLearning(), 200_000, 10, () => 50)).toBeGreaterThan(100);
  });

  it('withholds half of its places for a moment to see whether the target is faster then, and gives up where they do not become free', () => {
    const told = new Told({ min: 10, max: 100 }).windows(60, 50);
    expect(told.places).toBeGreaterThan(60);
    let probed = 0;
    for (let each = 0; each < 5_000 && probed === 0; each++) {
      const before = told.places;
      told.now += 5;
      told.limit.sample(told.now, 50, before, 'success');
      if (told.places <= before / 2 + 1) probed = before;
    }
    expect(probed).toBeGreaterThan(60);
    // long calls hold the places: nothing ends, and only time passes
    told.now += 6 * 50;
    expect(told.places).toBe(probed);
  });

  it.each([
    [{ min: 0 }, 'gradientLimit.min'],
    [{ min: 30, max: 20 }, 'gradientLimit.max'],
    [{ max: 10 }, 'gradientLimit.max'],
    [{ initial: 5 }, 'gradientLimit.initial'],
    [{ tolerance: 0.5 }, 'gradientLimit.tolerance'],
  ])('refuses %j', (options, path) => {
    expect(() => gradientLimit(options)).toThrowError(path);
  });
});
