import {
  checkOptions,
  coreError,
  type Endpoint,
  type EndpointRegistration,
  finiteNumber,
  listOf,
  newId,
  type Runtime,
  text,
  wholeNumber,
} from '@tutti/core';
import { hostRule, instanceIdRule, serviceNameRule } from '../backend/names.ts';
import { maxRecordLength, storeEndpoint } from '../backend/stored-endpoint.ts';
import type { HealthProbe } from '../health/health-probe.ts';
import { healthProbe } from '../health/health-probe.ts';
import { stringRecord } from '../query/string-record.ts';

/** An instance of a service, as its process registers it. */
export interface ServiceInstance extends EndpointRegistration {
  /**
   * How this process asks the instance whether it is well. Until the first answer, and while the check fails, the
   * endpoint is registered as `unhealthy`. @defaultValue none: it is `ready` for as long as it is registered
   */
  readonly healthCheck?: HealthProbe;
}

const serviceInstanceDefaults = { weight: 1, tags: [], metadata: {} } as const satisfies Partial<ServiceInstance>;

/** @throws INVALID_OPTIONS with the path of the first member that is missing, wrong or unknown. */
export function checkInstance(
  instance: ServiceInstance,
): ServiceInstance & Required<Pick<ServiceInstance, 'weight' | 'tags' | 'metadata'>> {
  return checkOptions<ServiceInstance, typeof serviceInstanceDefaults>(
    'service',
    instance,
    {
      required: { serviceName: serviceNameRule, host: hostRule, port: wholeNumber({ min: 1, max: 65_535 }) },
      optional: {
        instanceId: instanceIdRule,
        version: text,
        zone: text,
        weight: finiteNumber({ min: 0 }),
        tags: listOf(text),
        metadata: stringRecord,
        tenant: text,
        healthCheck: healthProbe,
      },
    },
    serviceInstanceDefaults,
  );
}

export function checkServiceName(serviceName: string): void {
  checkOptions<{ serviceName: string }, object>('service', { serviceName }, { required: { serviceName: serviceNameRule } });
}

/**
 * The first life of an instance.
 * @throws INVALID_OPTIONS for one whose record would be too large.
 */
export function newEndpoint(instance: ReturnType<typeof checkInstance>, runtime: Runtime): Endpoint {
  const { healthCheck, tags, metadata, ...rest } = instance;
  const endpoint = newLife(
    {
      ...rest,
      instanceId: instance.instanceId ?? newId(runtime),
      incarnation: '',
      tags: Object.freeze([...tags]),
      metadata: Object.freeze({ ...metadata }),
      state: healthCheck ? 'unhealthy' : 'ready',
    },
    runtime,
  );
  const { length } = storeEndpoint(endpoint);
  if (length <= maxRecordLength) return endpoint;
  throw coreError('INVALID_OPTIONS', {
    path: 'service',
    problem: `must be a record of at most ${maxRecordLength} characters, got ${length}`,
  });
}

/** The same instance under a new incarnation. */
export function newLife(endpoint: Endpoint, runtime: Runtime): Endpoint {
  return Object.freeze({ ...endpoint, incarnation: newId(runtime) });
}
