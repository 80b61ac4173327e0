import { describe, expect, it } from 'vitest';
import { decideRestart, freshRecord, noteExit, type RestartRecord } from './restart-policy.ts';

const midway = (): number => 0.5;

/** The record after exits at these times, each of a life that was ready for so long (undefined: never). */
function after(...exits: readonly (readonly [at: number, readyForMs: number | undefined])[]): RestartRecord {
  return exits.reduce((record, [at, readyForMs]) => noteExit(record, at, readyForMs), freshRecord);
}

describe('the restart policy', () => {
  it.each([
    ['at once after the first exit', [[0, 100]], 0],
    [
      'after half a second, jittered, after the second',
      [
        [0, 100],
        [1_000, 100],
      ],
      375,
    ],
    [
      'twice as long after the third',
      [
        [0, 100],
        [1_000, 100],
        [2_000, 100],
      ],
      750,
    ],
  ] as const)('starts again %s', (_when, exits, afterMs) => {
    expect(decideRestart(after(...exits), midway)).toEqual({ restart: true, afterMs });
  });

  it('forgets exits after a life that was ready for a minute, and those longer ago than that', () => {
    expect(decideRestart(after([0, 100], [1_000, 100], [100_000, 60_000]), midway)).toEqual({ restart: true, afterMs: 0 });
    expect(decideRestart(after([0, 100], [1_000, 100], [100_000, 100]), midway)).toEqual({ restart: true, afterMs: 0 });
  });

  it('gives up after five exits within a minute', () => {
    const exits = [0, 1, 2, 3, 4].map((second) => [second * 1_000, 100] as const);
    expect(decideRestart(after(...exits), midway)).toEqual({ restart: false, words: 'it ended 5 times within a minute' });
  });

  it('gives up after three exits in a row before it was ever ready', () => {
    expect(decideRestart(after([0, undefined], [70_000, undefined], [140_000, undefined]), midway)).toEqual({
      restart: false,
      words: 'it ended 3 times before it was ready',
    });
    expect(decideRestart(after([0, undefined], [1_000, undefined], [2_000, 100]), midway).restart).toBe(true);
  });
});
