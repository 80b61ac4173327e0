import { describe, expect, it } from 'vitest';
import { checkOptions } from './check-options.ts';
import { durationMs } from './duration.ts';
import { anyOf, flag, listOf, oneOf, text, wholeNumber } from './rules.ts';

interface Options {
  readonly name: string;
  readonly size?: number;
  readonly tags?: readonly string[];
  readonly mode?: 'fast' | 'safe' | number;
  readonly on?: boolean;
}
const check = (options: unknown): object =>
  checkOptions<Options, { size: number }>(
    'queue',
    options as Options,
    {
      required: { name: text },
      optional: { size: wholeNumber({ min: 1, max: 9 }), tags: listOf(text), mode: anyOf(oneOf('fast', 'safe'), wholeNumber()), on: flag },
    },
    { size: 5 },
  );

describe('checkOptions', () => {
  it('fills in defaults, also for an explicit undefined', () => {
    expect(check({ name: 'a', size: undefined })).toEqual({ name: 'a', size: 5 });
    expect(check({ name: 'a', size: 2, on: false })).toEqual({ name: 'a', size: 2, on: false });
  });

  it.each([
    [{}, 'queue.name is missing'],
    [undefined, 'queue.name is missing'],
    [7, 'queue must be an object, got 7'],
    [{ name: '' }, "queue.name must be a non-empty string, got ''"],
    [{ name: 'a', size: 1.5 }, 'queue.size must be a whole number from 1 to 9, got 1.5'],
    [{ name: 'a', size: Number.NaN }, 'queue.size must be a whole number from 1 to 9, got NaN'],
    [{ name: 'a', tags: ['x', 3] }, 'queue.tags[1] must be a non-empty string, got 3'],
    [{ name: 'a', tags: 'x' }, "queue.tags must be an array, got 'x'"],
    [{ name: 'a', mode: 'slow' }, "queue.mode must be 'fast' or 'safe', got 'slow', or must be a whole number ≥ 0, got 'slow'"],
    [{ name: 'a', sise: 3 }, 'queue.sise is not an option; known are name, size, tags, mode, on'],
  ])('refuses %j', (options, message) => {
    expect(() => check(options)).toThrowError(message);
  });
});

describe('durationMs', () => {
  it.each([
    ['250ms', 250],
    ['45s', 45_000],
    ['1.5h', 5_400_000],
    ['3d', 259_200_000],
    ['2w', 1_209_600_000],
  ] as const)('%s is %d ms', (text, ms) => {
    expect(durationMs(text)).toBe(ms);
  });

  it.each([45, '45', '45 s', '-1s', 's', '', null, '1e3s'])('refuses %j', (value) => {
    expect(() => durationMs(value as never, 'route.timeout')).toThrowError(/^route\.timeout must be a duration such as/);
  });
});
