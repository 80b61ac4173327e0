import type { Endpoint } from '@tutti/core';

/** An endpoint of the service `voice`, as `registerService` makes them. */
export function endpointOf(instanceId: string, life: string, fields: Partial<Endpoint> = {}): Endpoint {
  return {
    serviceName: 'voice',
    instanceId,
    incarnation: `${instanceId}#${life}`,
    host: '127.0.0.1',
    port: 8009,
    weight: 1,
    tags: [],
    metadata: {},
    state: 'ready',
    ...fields,
  };
}
