import { checkOptions, listOf, objectWith } from '@tutti/core';
import type { DiscoveryBackend } from '../backend/discovery-backend.ts';
import { closedError, onlyRead } from './only-read.ts';
import { type PublishedEndpoint, publishedEndpoints } from './published-endpoint.ts';
import { PublishedService } from './published-service.ts';

export { type FileBackendOptions, fileBackend, fileBackendDefaults } from './file.ts';
export type { PublishedEndpoint } from './published-endpoint.ts';

export interface StaticBackendOptions {
  readonly endpoints: readonly PublishedEndpoint[];
}

/**
 * A list of endpoints that never changes, for what is where it always was, and for tests. They are `ready`; nothing is registered.
 *
 * @throws INVALID_OPTIONS naming the path, as in `staticBackend.endpoints[2].port`.
 * @example
 * ```ts
 * import { ServiceDiscovery } from '@tutti/discovery';
 * import { staticBackend } from '@tutti/discovery/static';
 *
 * const backend = staticBackend({ endpoints: [{ serviceName: 'voice', host: '127.0.0.1', port: 8009 }] });
 * await using discovery = new ServiceDiscovery({ backend });
 * console.log(await discovery.getService('voice'));
 * ```
 */
export function staticBackend(options: StaticBackendOptions): DiscoveryBackend {
  const { endpoints } = checkOptions('staticBackend', options, { required: { endpoints: listOf(objectWith('an endpoint')) } });
  const lists = publishedEndpoints('staticBackend.endpoints', endpoints);
  const services = new Map<string, PublishedService>();
  let closed = false;
  const service = (serviceName: string): PublishedService => {
    const known = services.get(serviceName) ?? new PublishedService(serviceName, true);
    if (!services.has(serviceName)) known.publish(lists.get(serviceName) ?? []);
    services.set(serviceName, known);
    return known;
  };
  return {
    name: 'static',
    ...onlyRead('the static backend'),
    async watch(serviceName, listener, signal) {
      if (closed) throw closedError('static');
      if (!signal.aborted) await service(serviceName).watch(listener, signal);
    },
    async close() {
      closed = true;
      for (const each of services.values()) each.end();
    },
  };
}
