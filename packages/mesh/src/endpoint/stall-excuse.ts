import { failureClass, type LeaseOutcome } from '@tutti/core';

/** Of the time that was waited: a shorter pause of this process excuses nobody. */
const noSmallPart = 0.25;

/**
 * Whether a pause of this process can have made the failure: there was no answer in time, or no connection, and the pause was no small
 * part of that time. A loop that is merely busy must not excuse an endpoint that says nothing for seconds.
 */
export function excusedByStall({ status, error, latencyMs }: LeaseOutcome, stalledMs: number): boolean {
  if (status !== undefined || stalledMs === 0 || stalledMs < latencyMs * noSmallPart) return false;
  const kind = failureClass(error);
  return kind === 'timeout' || kind === 'unreachable';
}
