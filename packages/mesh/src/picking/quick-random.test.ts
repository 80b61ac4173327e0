import { seededRandom } from '@tutti/core';
import { expect, it } from 'vitest';
import { quickRandom } from './quick-random.ts';

it.each([0, 0.5, 0.999_999_999_9])('numbers begun from %f are in [0, 1) and even', (seed) => {
  const random = quickRandom(() => seed);
  const tenths = new Array<number>(10).fill(0);
  for (let each = 0; each < 100_000; each++) {
    const drawn = random();
    if (!(drawn >= 0 && drawn < 1)) throw new Error(`${drawn} is outside`);
    const tenth = Math.floor(drawn * 10);
    tenths[tenth] = (tenths[tenth] ?? 0) + 1;
  }
  for (const count of tenths) expect(Math.abs(count - 10_000)).toBeLessThan(500);
});

it('repeat themselves from one seed, and differ from another', () => {
  const draw = (seed: number): number[] => {
    const random = quickRandom(seededRandom(seed));
    return [random(), random(), random()];
  };
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
});
