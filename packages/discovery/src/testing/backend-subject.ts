import type { Endpoint, Runtime } from '@tutti/core';
import type { DiscoveryBackend } from '../backend/discovery-backend.ts';

/** An empty registry, and the ways into it. */
export interface BackendSubject {
  /** The runtime of its clients. */
  readonly runtime: Runtime;
  /** A new client. */
  connect(): DiscoveryBackend | Promise<DiscoveryBackend>;
  /** Lets at least `ms` pass on the clock that leases are measured by. */
  pass(ms: number): Promise<void>;
  /**
   * Makes these what the registry holds of the service, in whatever way it is written: a file, a zone, an API. Only `readLaws` use it.
   * @defaultValue a client of its own puts and removes them
   */
  publish?(serviceName: string, endpoints: readonly Endpoint[]): Promise<void>;
  /**
   * Leaves `record` where the registry keeps the instance, past all checks, as a stranger with access to it might. Where there are no
   * records that could be strange (memory, DNS), say `plants: false` to `checkLaws`.
   */
  plant?(serviceName: string, instanceId: string, record: string): Promise<void>;
  dispose?(): Promise<void> | void;
}

/** What a law may depend on; given to `checkLaws` beside the laws, it names those that do not apply. */
export type BackendLawCapabilities = {
  /** The registry can be written through the backend. */
  readonly registers: boolean;
  /** `plant` is there. */
  readonly plants: boolean;
};
