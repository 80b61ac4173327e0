import type { Endpoint, EndpointRef } from '@tutti/core';

/** How a life stands in the registry: its state, or that it is over, or that the instance has begun another one. */
export type LifeState = Endpoint['state'] | 'gone' | 'replaced';

/** One step of what a registry holds of a service. */
export type RegistryChange =
  | { readonly kind: 'snapshot'; readonly endpoints: readonly Endpoint[] }
  /** Takes the place of whatever life of the same `instanceId` there was. */
  | { readonly kind: 'upsert'; readonly endpoint: Endpoint }
  /** Ends what was said of a record under `instanceId` too, whatever the incarnation: `''` where none can be told. */
  | {
      readonly kind: 'remove';
      readonly endpoint: EndpointRef;
      /** It was removed on purpose; without it, its lease may have ended. Registries that cannot tell say nothing. */
      readonly farewell?: true;
    }
  /**
   * The record under `key` is no endpoint, for the reason that `problem` gives (a path and what is wrong there). Where records are kept by
   * instance, `key` is the `instanceId`, and what was known of that instance is over with it. It lasts until an upsert or a remove of that
   * `instanceId`, or the next snapshot.
   */
  | { readonly kind: 'malformed'; readonly key: string; readonly problem: string };

export interface DiscoveryCapabilities {
  /** `put`, `renew`, `mark` and `remove` work. Without it they throw CAPABILITY_MISSING: files, DNS, Kubernetes. */
  readonly registers: boolean;
}

/**
 * Where endpoints are written down. An entry is one life of one instance, named by its incarnation, and stays for as
 * long as its lease is renewed. One backend object serves one ServiceDiscovery, which closes it.
 *
 * 1. Lives are told apart by incarnation. Once a life is over (removed, expired, replaced) nothing brings it back: late
 *    renewals, marks and removals of it change nothing, whoever sends them. (DI-6 to DI-9)
 * 2. A lease is measured by the registry, not by who reads it. Its end is an event there, which comes no earlier than the
 *    lease says and, but for a registry that does not run, soon after; a renewal that arrives before it counts. (DI-4, DI-5)
 * 3. `draining` is the last state of a life; nobody makes it ready or unhealthy again. (DI-10)
 * 4. What a method has written when it resolves, every client reads from then on and every watch hears of. (DI-2, DI-11)
 * 5. A watch is one stream: what it says of an instance comes in the order in which it happened, and all of it applied
 *    gives what the registry holds. Changes in between may be left out. (DI-3, DI-15)
 * 6. A record that is no endpoint harms no other: it is told as `malformed`, after the snapshot or when it appears, and the watch
 *    goes on. A `put` of that instance takes its place. (DI-18, DI-19)
 * 7. Calls may overlap. Those of one client take effect in the order in which they were made. (DI-14)
 * 8. Nothing is retried and nothing logged in here. Every promise settles: what the registry does not answer is given up.
 * 9. It opens what it needs on first use, and tries again on the next one when that failed.
 *
 * All methods but `close` throw STORE_UNAVAILABLE when the registry cannot be reached, STORE_UNSUPPORTED when it never
 * can be, and NOT_RUNNING after `close`.
 */
export interface DiscoveryBackend {
  readonly name: string;
  readonly capabilities: DiscoveryCapabilities;

  /** Begins a life with a lease of `ttlMs`. Another life of the same instance ends with it, in one step. */
  put(endpoint: Endpoint, ttlMs: number): Promise<void>;

  /** Makes leases last `ttlMs` from now. Says for each life, in the order given, how it stands. */
  renew(lives: readonly EndpointRef[], ttlMs: number): Promise<readonly LifeState[]>;

  /** Changes the state of a life and says how it stands afterwards. */
  mark(life: EndpointRef, state: Endpoint['state']): Promise<LifeState>;

  /** Ends a life. */
  remove(life: EndpointRef): Promise<void>;

  /**
   * Tells `listener` what the registry holds of the service: a snapshot first, also of a service that nobody ever
   * registered, then each change. Another snapshot may come at any time and replaces everything before it.
   *
   * Runs until `signal` is aborted or the backend closed, and then resolves; rejects when the registry is lost. Either way
   * the listener hears nothing more, and to go on is to watch anew. The listener must not throw.
   */
  watch(serviceName: string, listener: (change: RegistryChange) => void, signal: AbortSignal): Promise<void>;

  /** Lets go of the registry and ends all watches. What was registered stays until its lease ends. Idempotent. */
  close(): Promise<void>;
}
