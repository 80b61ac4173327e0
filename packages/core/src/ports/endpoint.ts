/** One life of one instance of a service, as the registry knows it. Immutable; a change makes a new one. */
export interface Endpoint {
  readonly serviceName: string;
  readonly instanceId: string;
  /** Names this life of the instance: a restart under the same id has another one, and news of an old life is ignored. */
  readonly incarnation: string;
  readonly host: string;
  readonly port: number;
  readonly version?: string;
  readonly zone?: string;
  /** Share of the traffic relative to the others; 0 takes none. */
  readonly weight: number;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly tenant?: string;
  /** `draining` keeps what it has and gets nothing new; `unhealthy` failed its health check. */
  readonly state: 'ready' | 'unhealthy' | 'draining';
  /**
   * What this process alone thinks, never the registry: the registry says that the life is over, together with so many others that the
   * registry itself is doubted. `state` is as it last was.
   */
  readonly suspect?: true;
}

/** Names one life of an instance. */
export type EndpointRef = Pick<Endpoint, 'serviceName' | 'instanceId' | 'incarnation'>;
