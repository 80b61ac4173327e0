import type { EndpointRef } from '@tutti/core';

/** Only what names a life, of anything that has it. */
export function endpointRef({ serviceName, instanceId, incarnation }: EndpointRef): EndpointRef {
  return { serviceName, instanceId, incarnation };
}
