import type { InspectableResource } from '@tutti/core';
import type { ServiceView } from '../cache/service-view.ts';
import type { Registration } from '../registration/own-leases.ts';
import { type Item, pagedById } from './paged.ts';

export interface DiscoveryParts {
  views(): readonly ServiceView[];
  registrations(): readonly Registration[];
}

/** The services that this process follows, their endpoints, what is no endpoint among them, and what the process registered itself. */
export function discoveryResources(parts: DiscoveryParts): readonly InspectableResource[] {
  return [
    pagedById('endpoints', () => endpoints(parts)),
    pagedById('services', () => parts.views().map(service)),
    pagedById('registrations', () => parts.registrations().map((one) => ({ id: `${one.serviceName}/${one.instanceId}`, ...one }))),
    pagedById('malformed records', () => parts.views().flatMap(malformed)),
  ];
}

function* endpoints({ views, registrations }: DiscoveryParts): Generator<Item> {
  for (const { wanted, lives, ...endpoint } of registrations()) yield { id: `${endpoint.serviceName}/${endpoint.instanceId}`, ...endpoint };
  for (const view of views()) {
    const staleMs = Math.round(view.staleMs);
    for (const endpoint of view.endpoints)
      yield { id: `${endpoint.serviceName}/${endpoint.instanceId}`, ...endpoint, ...(staleMs > 0 && { staleMs }) };
  }
}

function service(view: ServiceView): Item {
  const { known, suspects, malformed } = view.believed;
  return {
    id: view.serviceName,
    known: view.isKnown,
    endpoints: known.size,
    ready: known.ready.length,
    suspects,
    malformed: malformed.size,
    staleMs: Math.round(view.staleMs),
    revision: known.revision,
    listeners: known.listeners,
  };
}

function malformed({ serviceName, believed }: ServiceView): readonly Item[] {
  return Array.from(believed.malformed, ([key, problem]) => ({ id: `${serviceName}/${key}`, serviceName, key, problem }));
}
