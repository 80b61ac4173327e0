import { type Call, coreError } from '@tutti/core';

/** Whose data this call may touch. A call without a tenant touches nobody's. */
export function tenantOf(call: Call): string {
  if (call.tenant === undefined)
    throw coreError('INVALID_ARGUMENT', { path: 'call.tenant', problem: 'is missing: the request did not come through the gateway' });
  return call.tenant;
}
