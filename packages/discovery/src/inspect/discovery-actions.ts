import { coreError, type Endpoint, type EndpointRef, type InspectableAction } from '@tutti/core';

export interface DiscoveryVerbs {
  /** The life that the instance has now, as far as this process knows. */
  present(serviceName: string, instanceId: string): Endpoint | undefined;
  drain(ref: EndpointRef): Promise<void>;
  deregister(ref: EndpointRef): Promise<void>;
}

/**
 * What can be done to an endpoint; the target is its service, a slash and its instance, as `endpoints` shows it. A process that keeps what was
 * deregistered elsewhere registers it again: to be rid of an instance that runs, drain it or stop it.
 */
export function discoveryActions({ present, drain, deregister }: DiscoveryVerbs): readonly InspectableAction[] {
  const meant = (target: string): Endpoint => {
    const [serviceName = '', instanceId = '', ...rest] = target.split('/');
    const endpoint = rest.length === 0 ? present(serviceName, instanceId) : undefined;
    if (!endpoint) throw coreError('INVALID_ARGUMENT', { path: 'target', problem: 'is no endpoint that this process knows' });
    return endpoint;
  };
  const doing = (name: string, destructive: boolean, verb: (ref: EndpointRef) => Promise<void>): InspectableAction => ({
    name,
    destructive,
    async run({ target }) {
      const { serviceName, instanceId, incarnation } = meant(target);
      await verb({ serviceName, instanceId, incarnation });
      return { serviceName, instanceId, incarnation };
    },
  });
  return [doing('drain', false, drain), doing('deregister', true, deregister)];
}
