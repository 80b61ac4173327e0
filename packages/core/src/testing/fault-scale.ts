/** Whether faults are tried at full size: TUTTI_FAULTS=full, as `npm run test:faults` sets it. For what takes minutes however small it is. */
export function atFullSize(): boolean {
  return process.env['TUTTI_FAULTS'] === 'full';
}

/**
 * How large a test of faults is: `full` where TUTTI_FAULTS=full (`npm run test:faults`), and that `share` of it, at least 1, in every
 * other run. One constant in the test says the size that counts, and nobody waits for it at every change.
 */
export function faultScale(full: number, share = 0.1): number {
  return atFullSize() ? full : Math.max(1, Math.round(full * share));
}
