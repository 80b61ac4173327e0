import { type Call, durationMs, pause, type RequestHeaders, type ServiceResponse } from '@tutti/core';
import type { FaultPolicy } from '../policy/service-policy.ts';
import { serviceResponse } from './service-response.ts';

/** The trouble that the policy has for this request, if any. One draw decides between all that match, so each has exactly its share. */
export function faultFor(faults: readonly FaultPolicy[], headers: RequestHeaders, random: () => number): FaultPolicy | undefined {
  let left = random();
  for (const fault of faults) {
    if (!matches(fault, headers)) continue;
    if (left < fault.share) return fault;
    left -= fault.share;
  }
  return undefined;
}

function matches({ headers: wanted = {} }: FaultPolicy, headers: RequestHeaders): boolean {
  return Object.entries(wanted).every(([name, value]) => headers[name.toLowerCase()] === value);
}

/** Waits, or answers in place of the service, or first the one and then the other. Undefined: go on as if nothing had been. */
export async function inject({ status, delay }: FaultPolicy, call: Call): Promise<ServiceResponse | undefined> {
  if (delay !== undefined) await pause(call, durationMs(delay));
  if (status === undefined) return undefined;
  return serviceResponse(status, { 'tutti-fault': 'injected' }, new Uint8Array());
}
