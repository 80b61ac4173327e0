import { fnv1a } from '@tutti/core';
import type { EncodedEvent } from '../../transport/encoded-event.ts';

/** What all keys of a bus begin with: its hash tag puts them into one slot. */
export function keysOf(keyPrefix: string, name: string): string {
  return `${keyPrefix}bus:{${encodeURIComponent(name)}}`;
}

/** How many lanes keys are spread over. Part of what is stored: all publishers must agree on it, so it is no option. */
const lanes = 4_096;

/** The lane of a key in ordered subscriptions ; nothing for events that have no order. */
export function laneOf({ event: { subject } }: EncodedEvent): string {
  if (subject === undefined || subject === '') return '';
  return String(fnv1a(subject) % lanes);
}

/** `source` has no line break that matters: an identity is only ever compared. */
export const identityOf = (source: string, id: string): string => `${source}\n${id}`;

/** The identity of what was read back, where it has one. */
export function identityOfStored(event: unknown): string | undefined {
  if (typeof event !== 'object' || event === null) return undefined;
  const { source, id } = event as { source?: unknown; id?: unknown };
  return typeof source === 'string' && typeof id === 'string' ? identityOf(source, id) : undefined;
}

/** Negative when the first stream id is the lower one. */
export function compareIds(a: string, b: string): number {
  const [ams, aseq] = a.split('-') as [string, string];
  const [bms, bseq] = b.split('-') as [string, string];
  return Number(ams) - Number(bms) || Number(aseq) - Number(bseq);
}
