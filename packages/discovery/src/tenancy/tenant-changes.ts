import type { Endpoint, EndpointChange } from '@tutti/core';

/**
 * Passes on the changes that are a tenant's. A life that is another's is not there, and one that takes the place of the tenant's
 * own is the end of it.
 */
export function tenantChanges(
  isOwn: (endpoint: Endpoint) => boolean,
  listener: (change: EndpointChange) => void,
): (change: EndpointChange) => void {
  const told = new Map<string, Endpoint>();
  return (change) => {
    if (change.kind === 'snapshot') {
      const endpoints = change.endpoints.filter(isOwn);
      told.clear();
      for (const endpoint of endpoints) told.set(endpoint.instanceId, endpoint);
      listener({ ...change, endpoints });
      return;
    }
    const before = told.get(change.endpoint.instanceId);
    if (change.kind === 'upsert' && isOwn(change.endpoint)) {
      told.set(change.endpoint.instanceId, change.endpoint);
      listener(change);
    } else if (before) {
      told.delete(before.instanceId);
      const { serviceName, instanceId, incarnation } = before;
      listener({ kind: 'remove', revision: change.revision, endpoint: { serviceName, instanceId, incarnation } });
    }
  };
}
