import { type ActionInput, coreError, type InspectableAction } from '@tutti/core';
import type { EndpointRecord } from './endpoint/endpoint-record.ts';
import type { ServiceDirectory } from './service/service-directory.ts';
import type { ServiceView } from './service/service-view.ts';
import type { MeshTraffic } from './traffic/mesh-traffic.ts';

interface Acted {
  readonly directory: ServiceDirectory;
  readonly traffic: MeshTraffic | undefined;
}

/** What can be done by hand to an endpoint, in this process, and to a plan, in all. */
export function meshActions({ directory, traffic }: Acted): readonly InspectableAction[] {
  const endpoint = (name: string, act: (record: EndpointRecord, view: ServiceView) => void): InspectableAction => ({
    name,
    destructive: false,
    async run({ target }) {
      const [record, view] = find(directory, target);
      act(record, view);
      view.changed();
      return { instanceId: record.instanceId, ...(record.breaker && { breaker: record.breaker.state }) };
    },
  });
  return [
    endpoint('readmit', (record) => record.readmit()),
    endpoint('eject', (record, view) => view.outliers.eject(record)),
    endpoint('open-breaker', (record) => breakerOf(record).force('open')),
    endpoint('close-breaker', (record) => breakerOf(record).force('closed')),
    endpoint('release-breaker', (record) => breakerOf(record).force('auto')),
    ...(traffic ? [rollback(traffic)] : []),
  ];
}

/** Goes back to the plan before the current one. */
function rollback(traffic: MeshTraffic): InspectableAction {
  return {
    name: 'rollback-plan',
    destructive: true,
    async run({ target, actor }: ActionInput) {
      const [current, ...earlier] = await traffic.history(target, 100);
      const before = earlier.find(({ plan }) => plan !== undefined);
      if (!current || !before) throw coreError('INVALID_ARGUMENT', { path: 'target', problem: `has no earlier plan, got '${target}'` });
      return { revision: await traffic.rollback(target, before.revision, actor), wasRevision: before.revision };
    },
  };
}

function find(directory: ServiceDirectory, target: string): readonly [EndpointRecord, ServiceView] {
  const slash = target.indexOf('/');
  const view = directory.find(target.slice(0, slash));
  const record = view?.endpoints.find(target.slice(slash + 1));
  if (view && record) return [record, view];
  throw coreError('INVALID_ARGUMENT', { path: 'target', problem: `must be 'service/instance' of a known endpoint, got '${target}'` });
}

function breakerOf({ breaker, instanceId }: EndpointRecord): NonNullable<EndpointRecord['breaker']> {
  if (breaker) return breaker;
  throw coreError('INVALID_ARGUMENT', { path: 'target', problem: `has no breaker by its policy, got '${instanceId}'` });
}
