import { checkOptions } from '../options/check-options.ts';
import { type Duration, durationMs } from '../options/duration.ts';
import { duration, finiteNumber } from '../options/rules.ts';
import type { Random } from '../runtime/random.ts';

/** How long to wait before the next try. Immutable: one value serves any number of calls at once. */
export interface Backoff {
  /** The delay before jitter, after `failures` failures in a row (from 1). */
  ceilingMs(failures: number): number;
  /** The delay to keep. */
  delayMs(failures: number, random: Random): number;
}

export interface ExponentialOptions {
  /** Before the first retry. @defaultValue '100ms' */
  readonly initial?: Duration;
  /** @defaultValue 2 */
  readonly factor?: number;
  /** No delay is longer. @defaultValue '10s' */
  readonly max?: Duration;
  /** The share of each delay that is drawn at random: 0 none, 1 "full jitter". @defaultValue 0.5 */
  readonly jitter?: number;
}

export const exponentialDefaults = { initial: '100ms', factor: 2, max: '10s', jitter: 0.5 } as const;

/** `initial * factor^(failures - 1)`, at most `max`; the last `jitter` share of it random, so that callers spread out. */
export function exponential(options: ExponentialOptions = {}, path = 'backoff'): Backoff {
  const checked = checkOptions(
    path,
    options,
    { optional: { initial: duration, factor: finiteNumber({ min: 1 }), max: duration, jitter: finiteNumber({ min: 0, max: 1 }) } },
    exponentialDefaults,
  );
  const initialMs = durationMs(checked.initial);
  const maxMs = durationMs(checked.max);
  const { factor, jitter } = checked;
  const ceilingMs = (failures: number): number => Math.min(maxMs, initialMs * factor ** (failures - 1));
  return Object.freeze({
    ceilingMs,
    delayMs: (failures: number, random: Random): number => ceilingMs(failures) * (1 - jitter * random()),
  });
}
