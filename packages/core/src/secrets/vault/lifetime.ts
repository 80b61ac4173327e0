import type { Random } from '../../runtime/random.ts';

/**
 * When to act on something that ends: at two thirds of its time, or up to a tenth of its time before, so that the processes
 * of a fleet that started together do not all come back together. Milliseconds from its beginning.
 */
export function renewAfterMs(durationMs: number, random: Random): number {
  return Math.max(shortestMs, durationMs * (2 / 3 - random() / 10));
}

/** Whatever a server says about times, nobody is asked in a tight loop. */
export const shortestMs = 250;

/**
 * Whether a renewal still gives what the beginning gave. Near its maximum time Vault grants what is left, less at each renewal,
 * and at last nothing: then it is time for another lease, while this one still holds.
 */
export function isCut(grantedMs: number, originalMs: number): boolean {
  return grantedMs < originalMs * (2 / 3);
}
