import {
  type ConfigStore,
  checkOptions,
  coreError,
  type Duration,
  duration,
  type EndpointRegistry,
  type EndpointSource,
  objectWith,
  type Prober,
  type RateLimiter,
  type Runtime,
  text,
  wholeNumber,
} from '@tutti/core';
import type { Connect } from './connections/endpoint-connections.ts';
import type { ConnectionOptions } from './connections/http1-endpoints.ts';
import { checkMeshPolicy } from './policy/check-policy.ts';
import type { MeshPolicy } from './policy/service-policy.ts';

export interface MeshOptions {
  /** Where the endpoints of services come from: a ServiceDiscovery. */
  readonly endpoints: EndpointSource;
  /** Where `registerEndpoint` writes: usually the same ServiceDiscovery. */
  readonly registry: EndpointRegistry;
  readonly runtime?: Runtime;
  /** How services are called. @defaultValue the defaults of ServicePolicy for all */
  readonly policy?: MeshPolicy;
  /**
   * Where traffic plans are kept, and policies if `policyKey` is given. Without one there are no plans, and a service is split by
   * nothing.
   */
  readonly config?: ConfigStore;
  /** The key of `config` under which a MeshPolicy is followed in place of `policy`. */
  readonly policyKey?: string;
  /** Names this process among the replicas that follow plans. @defaultValue a new id */
  readonly replica?: string;
  /** How long a plan is followed without the store having been asked; see `MeshTrafficOptions.freshFor`. @defaultValue '2s' */
  readonly planFreshFor?: Duration;
  /** How long the registry keeps the record of a process that has gone: the ttl of its ServiceDiscovery. @defaultValue '10s' */
  readonly registryTtl?: Duration;
  /** What happens while the store of plans is away. @defaultValue 'keep' */
  readonly whenStoreIsAway?: 'keep' | 'refuse';
  /** Asks endpoints how they are, for policies with a `probe`: a HealthChecker. */
  readonly prober?: Prober;
  /** Counts callers, for policies with a `rateLimit`. */
  readonly rateLimiter?: RateLimiter;
  /** Where this process is; endpoints there come first. */
  readonly zone?: string;
  readonly connections?: ConnectionOptions;
  /** A larger answer of `call` is refused. Leases are not limited. @defaultValue 16 MiB */
  readonly maxResponseBytes?: number;
  /** How long `stop` waits for leases that are out before it breaks their connections. @defaultValue '10s' */
  readonly drainTimeout?: Duration;
  /** Makes the connections to an endpoint, in place of the built-in HTTP/1.1 pools. */
  readonly connect?: Connect;
}

export const meshDefaults = { maxResponseBytes: 16_777_216, drainTimeout: '10s' } as const;

export type CheckedMeshOptions = MeshOptions & Required<Pick<MeshOptions, keyof typeof meshDefaults | 'policy'>>;

/** @throws INVALID_OPTIONS naming the path. */
export function checkMeshOptions(options: MeshOptions): CheckedMeshOptions {
  const checked = checkOptions(
    'mesh',
    options,
    {
      required: {
        endpoints: objectWith('an EndpointSource', 'watchEndpoints'),
        registry: objectWith('an EndpointRegistry', 'register', 'drain', 'deregister'),
      },
      optional: {
        runtime: objectWith('a Runtime', 'clock'),
        policy: objectWith('an object'),
        config: objectWith('a ConfigStore', 'get', 'put', 'history', 'rollback', 'watch'),
        policyKey: text,
        replica: text,
        planFreshFor: duration,
        registryTtl: duration,
        whenStoreIsAway: (value) => (value === 'keep' || value === 'refuse' ? undefined : "must be 'keep' or 'refuse'"),
        prober: objectWith('a Prober', 'watchHealth'),
        rateLimiter: objectWith('a RateLimiter', 'take'),
        zone: text,
        connections: objectWith('an object'),
        maxResponseBytes: wholeNumber({ min: 1 }),
        drainTimeout: duration,
        connect: (value) => (typeof value === 'function' ? undefined : 'must be a function'),
      },
    },
    meshDefaults,
  );
  if (checked.policyKey !== undefined && !checked.config) needs('mesh.policyKey', 'config');
  const policy = checkMeshPolicy('mesh.policy', checked.policy ?? {});
  checkNeeds('mesh.policy', policy, checked);
  return { ...checked, policy };
}

/**
 * A policy that asks for something that this mesh does not have would be followed in part.
 * @throws INVALID_OPTIONS naming the path.
 */
export function checkNeeds(path: string, policy: MeshPolicy, has: Pick<MeshOptions, 'prober' | 'rateLimiter'>): void {
  const services = Object.entries(policy.services ?? {}).map(([name, service]) => [`${path}.services.${name}`, service] as const);
  for (const [at, service] of [[`${path}.defaults`, policy.defaults] as const, ...services]) {
    if (service?.probe && !has.prober) needs(`${at}.probe`, 'prober');
    if (service?.rateLimit && !has.rateLimiter) needs(`${at}.rateLimit`, 'rateLimiter');
  }
}

function needs(path: string, option: string): never {
  throw coreError('INVALID_OPTIONS', { path, problem: `needs the option '${option}' of the mesh` });
}
