import {
  type Component,
  type ComponentState,
  checkOptions,
  component,
  coreError,
  type Duration,
  defaultRuntime,
  duration,
  durationMs,
  type EndpointRegistry,
  type Health,
  matching,
  newId,
  objectWith,
  type Runtime,
} from '@tutti/core';
import { deployError } from '../errors.ts';
import type { DeploymentPlatform } from '../platform/deployment-platform.ts';
import { Deployment, type DeploymentStatus } from './deployment.ts';
import { checkDeployment, DeploymentStrategy, type ServiceDeployment } from './service-deployment.ts';

export interface DeploymentManagerOptions {
  readonly platform: DeploymentPlatform;
  /** Where instances are written once they are ready, so that they are found. Without it nobody is told. */
  readonly registry?: EndpointRegistry;
  /** Asked until it answers 2xx; only then an instance counts. @defaultValue '/health/ready' */
  readonly readyPath?: string;
  /** @defaultValue '30s' */
  readonly startTimeout?: Duration;
  /** Between routing away from an instance and asking it to end, so that every router has heard. @defaultValue '300ms' */
  readonly propagation?: Duration;
  /** Between asking an instance to end and making it. @defaultValue '10s' */
  readonly grace?: Duration;
  readonly runtime?: Runtime;
}

export const deploymentManagerDefaults = { readyPath: '/health/ready', startTimeout: '30s', propagation: '300ms', grace: '10s' } as const;

const supported: readonly DeploymentStrategy[] = [DeploymentStrategy.ROLLING, DeploymentStrategy.RECREATE];

/**
 * Brings services up, keeps them up, and takes them down without losing a request. Everything it started ends with it.
 */
export class DeploymentManager implements Component {
  readonly name = 'deployments';
  readonly #options: DeploymentManagerOptions & Required<Pick<DeploymentManagerOptions, keyof typeof deploymentManagerDefaults>>;
  readonly #runtime: Runtime;
  readonly on: Component['on'];
  readonly #life: Component;
  readonly #deployments = new Map<string, Deployment>();
  /** The one that holds each service now. */
  readonly #current = new Map<string, Deployment>();

  constructor(options: DeploymentManagerOptions) {
    this.#options = checkOptions(
      'deployments',
      options,
      {
        required: { platform: objectWith('a DeploymentPlatform', 'open', 'close', 'check', 'start', 'stop') },
        optional: {
          registry: objectWith('an EndpointRegistry', 'register', 'drain', 'deregister'),
          readyPath: matching('a path', /^\//),
          startTimeout: duration,
          propagation: duration,
          grace: duration,
          runtime: objectWith('a Runtime', 'clock'),
        },
      },
      deploymentManagerDefaults,
    );
    this.#runtime = this.#options.runtime ?? defaultRuntime;
    const { platform } = this.#options;
    this.#life = component(this.name, { open: () => platform.open(), close: () => this.#close(), probe: () => this.#probe() });
    this.on = this.#life.on;
  }

  get state(): ComponentState {
    return this.#life.state;
  }

  /** Removes what a manager that died left behind. @throws DEPLOY_FOLDER_IN_USE while another runs. */
  start(): Promise<void> {
    return this.#life.start();
  }

  /** Drains and ends every service, the last one started first. */
  stop(): Promise<void> {
    return this.#life.stop();
  }

  /** Degraded while an instance is missing, unhealthy when a deployment was given up. */
  health(): Promise<Health> {
    return this.#life.health();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /**
   * Begins a deployment and returns its id; `ready(id)` waits for it. A later deployment of the same service replaces it.
   * @throws INVALID_OPTIONS, DEPLOY_UNKNOWN_IMAGE, DEPLOY_UNSUPPORTED_STRATEGY: nothing was started.
   */
  async deployService(deployment: ServiceDeployment): Promise<string> {
    const checked = checkDeployment(deployment);
    if (!supported.includes(checked.strategy)) throw deployError('DEPLOY_UNSUPPORTED_STRATEGY', { strategy: checked.strategy, supported });
    const { platform, registry, readyPath, startTimeout, propagation, grace } = this.#options;
    platform.check(checked.image);
    if (this.state !== 'running') throw coreError('NOT_RUNNING', { component: this.name, state: this.state });
    const deploymentId = newId(this.#runtime);
    const next = new Deployment(checked, {
      platform,
      registry,
      runtime: this.#runtime,
      deploymentId,
      readyPath,
      startTimeoutMs: durationMs(startTimeout),
      propagationMs: durationMs(propagation),
      graceMs: durationMs(grace),
    });
    const previous = this.#current.get(checked.serviceName);
    this.#deployments.set(deploymentId, next);
    this.#current.set(checked.serviceName, next);
    next.begin(previous);
    next.ready.catch(() => {
      if (previous && this.#current.get(checked.serviceName) === next) this.#current.set(checked.serviceName, previous);
    });
    return deploymentId;
  }

  /** Resolves when every instance is ready and the deployment it replaced is gone. @throws DEPLOY_START_FAILED, DEPLOY_SUPERSEDED */
  async ready(deploymentId: string): Promise<void> {
    await this.#find(deploymentId).ready;
  }

  /** @throws DEPLOY_UNKNOWN_DEPLOYMENT */
  async getDeploymentStatus(deploymentId: string): Promise<DeploymentStatus> {
    return this.#find(deploymentId).status;
  }

  /** Drains and ends a service. A no-op for one that is not deployed. */
  async stopService(serviceName: string): Promise<void> {
    await this.#current.get(serviceName)?.end();
    this.#current.delete(serviceName);
  }

  #find(deploymentId: string): Deployment {
    const deployment = this.#deployments.get(deploymentId);
    if (!deployment) throw deployError('DEPLOY_UNKNOWN_DEPLOYMENT', { deploymentId });
    return deployment;
  }

  async #close(): Promise<void> {
    const ended = [...this.#deployments.values()].toReversed().map((deployment) => deployment.end());
    await Promise.allSettled(ended); // what could not be drained is ended by the platform
    await this.#options.platform.close();
  }

  #probe(): Health {
    for (const { status } of this.#current.values()) {
      if (status.phase === 'failed') return { status: 'unhealthy', reason: `${status.serviceName}: ${status.problem}` };
      const missing = status.instances.filter(({ phase }) => phase !== 'ready').length;
      if (missing > 0)
        return { status: 'degraded', reason: `${status.serviceName}: ${missing} of ${status.instances.length} instances are not ready` };
    }
    return { status: 'healthy' };
  }
}
