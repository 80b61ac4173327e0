import type { Runtime } from '@tutti/core';
import type { DiscoveryBackend } from '../backend/discovery-backend.ts';

/** An empty registry, and the ways into it. */
export interface BackendSubject {
  /** The runtime of its clients. */
  readonly runtime: Runtime;
  /** A new client. */
  connect(): DiscoveryBackend | Promise<DiscoveryBackend>;
  /** Lets at least `ms` pass on the clock that leases are measured by. */
  pass(ms: number): Promise<void>;
  dispose?(): Promise<void> | void;
}
