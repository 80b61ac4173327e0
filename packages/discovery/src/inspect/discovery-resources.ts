import { type InspectableResource, type ResourceRow, resourceById } from '@tutti/core';
import type { ServiceView } from '../cache/service-view.ts';
import type { Registration } from '../registration/own-leases.ts';

export interface DiscoveryParts {
  views(): readonly ServiceView[];
  registrations(): readonly Registration[];
}

/** The services that this process follows, their endpoints, what is no endpoint among them, and what the process registered itself. */
export function discoveryResources(parts: DiscoveryParts): readonly InspectableResource[] {
  return [
    resourceById('endpoints', () => endpoints(parts)),
    resourceById('services', () => parts.views().map(service)),
    resourceById('registrations', () => parts.registrations().map((one) => ({ id: `${one.serviceName}/${one.instanceId}`, ...one }))),
    resourceById('malformed records', () => parts.views().flatMap(malformed)),
  ];
}

function* endpoints({ views, registrations }: DiscoveryParts): Generator<ResourceRow> {
  for (const { wanted, lives, ...endpoint } of registrations()) yield { id: `${endpoint.serviceName}/${endpoint.instanceId}`, ...endpoint };
  for (const view of views()) {
    const staleMs = Math.round(view.staleMs);
    for (const endpoint of view.endpoints)
      yield { id: `${endpoint.serviceName}/${endpoint.instanceId}`, ...endpoint, ...(staleMs > 0 && { staleMs }) };
  }
}

function service(view: ServiceView): ResourceRow {
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

function malformed({ serviceName, believed }: ServiceView): readonly ResourceRow[] {
  return Array.from(believed.malformed, ([key, problem]) => ({ id: `${serviceName}/${key}`, serviceName, key, problem }));
}
