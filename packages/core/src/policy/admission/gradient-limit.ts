import { coreError } from '../../errors/core-errors.ts';
import { checkOptions } from '../../options/check-options.ts';
import { finiteNumber, wholeNumber } from '../../options/rules.ts';
import { GradientLimit } from './gradient-machine.ts';
import type { LimitPolicy } from './limit-policy.ts';

export interface GradientLimitOptions {
  /** It is never lower. Whole, ≥ 1. @defaultValue 20 */
  readonly min?: number;
  /** It is never higher. Whole, ≥ `min`. @defaultValue 200 */
  readonly max?: number;
  /** Where it begins, from `min` to `max`. @defaultValue `min` */
  readonly initial?: number;
  /** How many times longer than usual calls may take before that counts as a queue in the target. From 1 to 10. @defaultValue 1.5 */
  readonly tolerance?: number;
}

export const gradientLimitDefaults = { min: 20, max: 200, tolerance: 1.5 } as const;

/**
 * A limit that follows how fast the target answers (Gradient2 of Netflix' concurrency-limits): it grows while calls take as long as
 * they usually do, and shrinks by the ratio of the usual to the present time when a queue builds up in the target. It does not grow
 * while less than half of it is used.
 *
 * It differs from Gradient2 in two things. A change is made of the mean of a window of samples that is as long as a call takes, not of
 * each sample, so that calls of very different sizes do not look like a queue. And the usual time is learnt only while at least half of the
 * limit is unused or the limit is at its lowest: what is measured at a full limit is in part the queue that the limit itself
 * allows, and a limit that takes it for usual creeps up to `max` for as long as an overload lasts. Where neither comes by itself for a
 * hundred windows, half of the limit is withheld for about two and a half times what a call takes, as Envoy does for its minimum round trip.
 *
 * @throws INVALID_OPTIONS naming the path.
 */
export function gradientLimit(options: GradientLimitOptions = {}): LimitPolicy {
  const whole = wholeNumber({ min: 1 });
  const checked = checkOptions(
    'gradientLimit',
    options,
    { optional: { min: whole, max: whole, initial: whole, tolerance: finiteNumber({ min: 1, max: 10 }) } },
    gradientLimitDefaults,
  );
  const { min, max, initial = min, tolerance } = checked;
  if (max < min)
    throw coreError('INVALID_OPTIONS', { path: 'gradientLimit.max', problem: `must be at least min, which is ${min}, got ${max}` });
  if (initial < min || initial > max) {
    throw coreError('INVALID_OPTIONS', { path: 'gradientLimit.initial', problem: `must be from ${min} to ${max}, got ${initial}` });
  }
  return Object.freeze({ learns: true, limit: () => new GradientLimit({ min, max, initial, tolerance }) });
}
