import type { Endpoint, InspectableResource } from '@tutti/core';

/** The endpoints that this process follows or has registered, by service and instance. */
export function endpointsResource(known: () => readonly Endpoint[]): InspectableResource {
  return {
    name: 'endpoints',
    async list({ limit, after = '' }) {
      const byKey = new Map(known().map((endpoint) => [`${endpoint.serviceName}/${endpoint.instanceId}`, endpoint]));
      const keys = [...byKey.keys()].filter((key) => key > after).toSorted();
      const page = keys.slice(0, limit);
      const last = page.at(-1);
      return {
        items: page.map((key) => ({ id: key, ...byKey.get(key) })),
        ...(last !== undefined && keys.length > limit && { next: last }),
      };
    },
  };
}
