import type { Endpoint, EndpointRef } from './endpoint.ts';

export interface EndpointRegistration {
  readonly serviceName: string;
  /** @defaultValue a new id */
  readonly instanceId?: string;
  readonly host: string;
  readonly port: number;
  readonly version?: string;
  readonly zone?: string;
  /** @defaultValue 1 */
  readonly weight?: number;
  readonly tags?: readonly string[];
  readonly metadata?: Readonly<Record<string, string>>;
  readonly tenant?: string;
}

/** Where instances are written down. */
export interface EndpointRegistry {
  /**
   * Resolves when other processes can see the endpoint. The registry keeps it alive until `deregister`, or until this
   * process ends: then it vanishes when its lease runs out. The same `instanceId` again is a new life of the instance.
   */
  register(registration: EndpointRegistration): Promise<Endpoint>;
  /** No new work goes there from now on. A no-op for a life that is over. */
  drain(ref: EndpointRef): Promise<void>;
  /** A no-op for a life that is over, so a late farewell cannot remove a successor. */
  deregister(ref: EndpointRef): Promise<void>;
}
