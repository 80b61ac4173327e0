import { coreError } from '../errors/core-errors.ts';

const unitsMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** A number with its unit: `'250ms'`, `'45s'`, `'1.5h'`, `'3d'`. A bare number is refused, because nobody can see its unit. */
export type Duration = `${number}${keyof typeof unitsMs}`;

/** What is wrong with `value` as a duration, in words that follow its path; undefined when nothing is. */
export function durationProblem(value: unknown): string | undefined {
  if (typeof value === 'string' && /^\d+(\.\d+)?(ms|s|m|h|d|w)$/.test(value)) return undefined;
  return `must be a duration such as '250ms', '45s', '5m', '2h' or '3d', got ${typeof value === 'string' ? `'${value}'` : String(value)}`;
}

/**
 * Milliseconds of a duration.
 * @param path Names the option in the error.
 * @throws INVALID_OPTIONS for anything that is not a duration.
 */
export function durationMs(value: Duration, path = 'duration'): number {
  const problem = durationProblem(value);
  if (problem) throw coreError('INVALID_OPTIONS', { path, problem });
  const [, count, unit] = /^([\d.]+)(\D+)$/.exec(value) as unknown as [string, string, keyof typeof unitsMs];
  return Number(count) * unitsMs[unit];
}
