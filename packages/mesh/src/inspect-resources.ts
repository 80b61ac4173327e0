import type { Clock, InspectableResource, Page, PageRequest } from '@tutti/core';
import { explainEndpoints } from './picking/explanation.ts';
import { noTags, type Subset } from './picking/picker.ts';
import type { PolicyState } from './policy/policy-follower.ts';
import type { ServiceDirectory } from './service/service-directory.ts';
import type { MeshTraffic } from './traffic/mesh-traffic.ts';

/** What the resources show. */
export interface Inspected {
  readonly directory: ServiceDirectory;
  readonly clock: Clock;
  readonly traffic: MeshTraffic | undefined;
  readonly policy: () => PolicyState | undefined;
}

type Row = Readonly<Record<string, unknown>> & { readonly id: string };

export function meshResources(inspected: Inspected): readonly InspectableResource[] {
  return [
    resource('endpoints', () => endpoints(inspected)),
    resource('services', () => services(inspected)),
    resource('plans', () => plans(inspected)),
    resource('replicas', () => replicas(inspected)),
  ];
}

/** Every followed service's endpoints, with all that speaks against each. */
function endpoints({ directory, clock }: Inspected): Row[] {
  const now = clock.now();
  return directory.views.flatMap(({ serviceName, picker }) =>
    explainEndpoints(picker, everybody, noTags, now).map((explanation, index) => {
      const { host, port, zone, tenant, state } = (picker.records[index] as (typeof picker.records)[number]).endpoint;
      return { id: `${serviceName}/${explanation.instanceId}`, serviceName, host, port, zone, tenant, state, ...explanation };
    }),
  );
}

const everybody: Subset = { tenant: undefined, version: undefined, tags: noTags };

function services({ directory, policy }: Inspected): Row[] {
  return directory.views.map(({ serviceName, picker, places, endpoints: known }) => ({
    id: serviceName,
    known: known.known,
    endpoints: known.size,
    available: picker.records.length - picker.exclusions.size,
    panic: picker.pool(everybody).panic,
    balancer: picker.policy.balancer.name,
    inFlight: places.taken,
    waiting: places.waiting,
    policy: policy(),
  }));
}

function plans({ traffic }: Inspected): Row[] {
  return (traffic?.followed ?? []).map(({ serviceName, active, refused, known }) => ({
    id: serviceName,
    known,
    revision: active.revision,
    plan: active.plan,
    refused,
  }));
}

function replicas({ traffic }: Inspected): Row[] {
  return [...(traffic?.replicas.values() ?? [])].map((replica) => ({ id: replica.instanceId, ...replica }));
}

function resource(name: string, rows: () => Row[]): InspectableResource {
  return {
    name,
    async list({ limit, after = '' }: PageRequest): Promise<Page<Row>> {
      const rest = rows()
        .filter(({ id }) => id > after)
        .sort((a, b) => (a.id < b.id ? -1 : 1));
      const last = rest[limit - 1];
      return { items: rest.slice(0, limit).map(withoutUndefined), ...(last && rest.length > limit && { next: last.id }) };
    },
  };
}

function withoutUndefined(row: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined)) as Row;
}
