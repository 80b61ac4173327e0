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
   * `acknowledged` takes at least. The same on all replicas, at least 100 ms, and less than half the ttl of the registry, or a replica that
   * stands still is forgotten before it is named. @defaultValue '2s'
   */
  readonly freshFor?: Duration;
  /**
   * While the store cannot be read: `keep` follows the last plans, and says so in the registry. `refuse` follows none, so that
   * no replica follows an old plan even when it is cut off from both store and registry. @defaultValue 'keep'
   */
  readonly whenStoreIsAway?: 'keep' | 'refuse';
  readonly runtime?: Runtime;
}

export const meshTrafficDefaults = { freshFor: '2s', whenStoreIsAway: 'keep' } as const;

const shortestMs = 100;

/** @throws INVALID_OPTIONS naming the path. */
export function checkTrafficOptions(
  options: MeshTrafficOptions,
): MeshTrafficOptions & Required<Pick<MeshTrafficOptions, keyof typeof meshTrafficDefaults>> & { readonly freshForMs: number } {
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
  return { ...checked, freshForMs };
}
