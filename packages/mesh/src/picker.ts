import type { LeaseHints } from '@tutti/core';
import type { EndpointRecord } from './endpoint-record.ts';
import type { PassedOver } from './errors.ts';

/**
 * Which endpoints of a service may take requests, frozen at one moment; replaced on every change, never changed.
 * In the order of their ids, so that a reload does not disturb the round.
 */
export interface Picker {
  readonly candidates: readonly EndpointRecord[];
  readonly passedOver: readonly PassedOver[];
}

export function makePicker(records: Iterable<EndpointRecord>): Picker {
  const candidates: EndpointRecord[] = [];
  const passedOver: PassedOver[] = [];
  for (const record of [...records].sort(byInstanceId)) {
    const { instanceId, state, weight } = record.endpoint;
    if (state !== 'ready') passedOver.push({ instanceId, reason: state });
    else if (weight <= 0) passedOver.push({ instanceId, reason: 'without weight' });
    else candidates.push(record);
  }
  return Object.freeze({ candidates, passedOver });
}

function byInstanceId(a: EndpointRecord, b: EndpointRecord): number {
  return a.endpoint.instanceId < b.endpoint.instanceId ? -1 : 1;
}

/**
 * The index of the next candidate in the round that begins at `from`, or -1. One that was tried already or cannot be
 * connected to is taken only when there is no other: a doubtful endpoint is better than none.
 */
export function pickNext(candidates: readonly EndpointRecord[], from: number, now: number, hints: LeaseHints | undefined): number {
  const exclude = hints?.exclude;
  let cooling = -1;
  let excluded = -1;
  for (let step = 0; step < candidates.length; step++) {
    const index = (from + step) % candidates.length;
    const record = candidates[index] as EndpointRecord;
    const { instanceId, tenant } = record.endpoint;
    if (tenant !== undefined && tenant !== hints?.tenant) continue;
    if (exclude?.includes(instanceId)) {
      if (excluded === -1 || (candidates[excluded]?.isCooling(now) && !record.isCooling(now))) excluded = index;
    } else if (record.isCooling(now)) {
      if (cooling === -1) cooling = index;
    } else return index;
  }
  return cooling === -1 ? excluded : cooling;
}
