/** What is to run. */
export interface InstanceSpec {
  readonly instanceId: string;
  readonly serviceName: string;
  readonly version: string;
  readonly image: string;
}

/** How an instance ended, in words a person understands. */
export interface InstanceExit {
  readonly kind: 'clean' | 'failed' | 'killed';
  readonly words: string;
  /** Starting it again cannot help, because its program or its configuration is wrong. */
  readonly final: boolean;
}

/** One life of an instance. */
export interface RunningInstance {
  readonly host: string;
  readonly pid: number;
  /** The port it bound and reported; undefined when it ended before it did. */
  readonly port: Promise<number | undefined>;
  /** Resolves once, when nothing of it is left. Never rejects. */
  readonly exited: Promise<InstanceExit>;
  /** The last lines it wrote. */
  logTail(lines: number): Promise<string>;
}

export interface PlatformCapabilities {
  /** Instances outlive the process that started them. */
  readonly detached: boolean;
}

/**
 * Runs instances of services somewhere.
 *
 * DP-1 `start` resolves when the instance exists; that it serves is for its port and its probe to say.
 * DP-2 `stop` asks, waits `graceMs`, then ends it; when it resolves, nothing of the instance is left.
 * DP-3 An instance whose platform died is gone within ten seconds, whatever it does about it.
 * DP-4 `open` removes what a platform that died left behind, and refuses while another holds the same place.
 * DP-5 `close` leaves nothing running.
 */
export interface DeploymentPlatform {
  readonly name: string;
  readonly capabilities: PlatformCapabilities;
  open(): Promise<void>;
  close(): Promise<void>;
  /** @throws DEPLOY_UNKNOWN_IMAGE */
  check(image: string): void;
  start(spec: InstanceSpec): Promise<RunningInstance>;
  stop(instance: RunningInstance, graceMs: number): Promise<InstanceExit>;
}
