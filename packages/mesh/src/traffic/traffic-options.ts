import {
  type ConfigStore,
  checkOptions,
  coreError,
  type Duration,
  duration,
  durationMs,
  type EndpointRegistry,
  type EndpointSource,
  objectWith,
  oneOf,
  type Runtime,
  text,
} from '@tutti/core';

export interface MeshTrafficOptions {
  /** Where plans are kept. Its reads must see every write that was acknowledged before them. */
  readonly store: ConfigStore;
  /** Where this replica says which plans it follows. */
  readonly registry: EndpointRegistry;
  /** Where it finds the other replicas: usually the same ServiceDiscovery. */
  readonly endpoints: EndpointSource;
  /** Names this replica; no two that live may have the same. @defaultValue a new id */
  readonly instanceId?: string;
  /**
   * How long a plan is followed without the store having been asked again; it is asked three times within. Also how long
   * `acknowledged` takes at least. The same on all replicas, at least 100 ms and at most half of `ttl`. @defaultValue '2s'
   */
  readonly freshFor?: Duration;
  /** How long the registry keeps the record of a process that renews it no more: the ttl of the ServiceDiscovery. @defaultValue '10s' */
  readonly ttl?: Duration;
  /**
   * While the store cannot be read: `keep` follows the last plans, and says so in the registry; a replica that stood still for more than half
   * of `ttl` follows none until it has read the store. `refuse` follows none after `freshFor`, so that no replica follows an old plan even when
   * it is cut off from both store and registry. @defaultValue 'keep'
   */
  readonly whenStoreIsAway?: 'keep' | 'refuse';
  readonly runtime?: Runtime;
}

export const meshTrafficDefaults = { freshFor: '2s', ttl: '10s', whenStoreIsAway: 'keep' } as const;

const shortestMs = 100;

/** @throws INVALID_OPTIONS naming the path. */
export function checkTrafficOptions(
  options: MeshTrafficOptions,
): MeshTrafficOptions &
  Required<Pick<MeshTrafficOptions, keyof typeof meshTrafficDefaults>> & { readonly freshForMs: number; readonly awakeForMs: number } {
  const checked = checkOptions(
    'mesh.traffic',
    options,
    {
      required: {
        store: objectWith('a ConfigStore', 'get', 'put', 'history', 'rollback', 'watch'),
        registry: objectWith('an EndpointRegistry', 'register', 'drain', 'deregister'),
        endpoints: objectWith('an EndpointSource', 'watchEndpoints'),
      },
      optional: {
        instanceId: text,
        freshFor: duration,
        ttl: duration,
        whenStoreIsAway: oneOf('keep', 'refuse'),
        runtime: objectWith('a Runtime', 'clock', 'logger', 'random'),
      },
    },
    meshTrafficDefaults,
  );
  const freshForMs = durationMs(checked.freshFor);
  if (freshForMs < shortestMs)
    throw coreError('INVALID_OPTIONS', {
      path: 'mesh.traffic.freshFor',
      problem: `must be at least ${shortestMs}ms, got '${checked.freshFor}'`,
    });
  const awakeForMs = durationMs(checked.ttl) / 2;
  if (freshForMs > awakeForMs)
    throw coreError('INVALID_OPTIONS', {
      path: 'mesh.traffic.freshFor',
      problem: `must be at most half of ttl, '${checked.ttl}', got '${checked.freshFor}'`,
    });
  return { ...checked, freshForMs, awakeForMs };
}
