import type { Clock, InspectableResource, Page } from '@tutti/core';
import type { ServiceDirectory } from './service-directory.ts';

type Row = Readonly<Record<string, unknown>> & { readonly id: string };

/** The endpoints of all followed services, as the mesh sees them. */
export function inspectableEndpoints(directory: ServiceDirectory, clock: Clock): InspectableResource {
  return {
    name: 'endpoints',
    async list({ limit, after = '' }): Promise<Page<Row>> {
      const rest = rows(directory, clock.now()).filter(({ id }) => id > after);
      const items = rest.slice(0, limit);
      const last = items.at(-1);
      return { items, ...(last && rest.length > limit && { next: last.id }) };
    },
  };
}

function rows(directory: ServiceDirectory, now: number): Row[] {
  const all: Row[] = directory.views.flatMap((view) =>
    view.records.map((record) => {
      const { serviceName, instanceId, host, port, state } = record.endpoint;
      const { inFlight, consecutiveFailures } = record;
      return {
        id: `${serviceName}/${instanceId}`,
        serviceName,
        instanceId,
        host,
        port,
        state,
        inFlight,
        consecutiveFailures,
        cooling: record.isCooling(now),
      };
    }),
  );
  return all.sort((a, b) => (a.id < b.id ? -1 : 1));
}
