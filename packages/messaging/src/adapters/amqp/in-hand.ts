import type { Arrived } from './source.ts';

/** What only this member knows of a subscription. */
export interface InHand {
  readonly life: string;
  readonly running: number;
  readonly waiting: number;
  readonly oldestAt?: number;
}

/** When the oldest of these was stored, as far as it is known. */
export function oldestOf(arrived: Iterable<Arrived>): { readonly oldestAt?: number } {
  let oldestAt = Number.POSITIVE_INFINITY;
  for (const { notes } of arrived) oldestAt = Math.min(oldestAt, notes.at ?? Number.POSITIVE_INFINITY);
  return Number.isFinite(oldestAt) ? { oldestAt } : {};
}
