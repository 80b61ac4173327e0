import { type Clock, type InspectableResource, type ResourceRow, resourceById } from '@tutti/core';
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

export function meshResources(inspected: Inspected): readonly InspectableResource[] {
  return [
    resourceById('endpoints', () => endpoints(inspected)),
    resourceById('services', () => services(inspected)),
    resourceById('plans', () => plans(inspected)),
    resourceById('replicas', () => replicas(inspected)),
  ];
}

/** Every followed service's endpoints, with all that speaks against each. */
function endpoints({ directory, clock }: Inspected): ResourceRow[] {
  const now = clock.now();
  return directory.views.flatMap(({ serviceName, picker }) =>
    explainEndpoints(picker, everybody, noTags, now).map((explanation, index) => {
      const { host, port, zone, tenant, state } = (picker.records[index] as (typeof picker.records)[number]).endpoint;
      return { id: `${serviceName}/${explanation.instanceId}`, serviceName, host, port, zone, tenant, state, ...explanation };
    }),
  );
}

const everybody: Subset = { tenant: undefined, version: undefined, tags: noTags };

function services({ directory, policy }: Inspected): ResourceRow[] {
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

function plans({ traffic }: Inspected): ResourceRow[] {
  return (traffic?.followed ?? []).map(({ serviceName, active, refused, known }) => ({
    id: serviceName,
    known,
    revision: active.revision,
    plan: active.plan,
    refused,
  }));
}

function replicas({ traffic }: Inspected): ResourceRow[] {
  return [...(traffic?.replicas.values() ?? [])].map((replica) => ({ id: replica.instanceId, ...replica }));
}
