import { messageOf } from '@tutti/core';
import { Instance, type InstanceSettings, type InstanceStatus } from './instance.ts';
import { type checkDeployment, DeploymentStrategy } from './service-deployment.ts';

export type DeploymentPhase = 'starting' | 'draining-previous' | 'succeeded' | 'failed' | 'ended';

export interface DeploymentStatus {
  readonly deploymentId: string;
  readonly serviceName: string;
  readonly version: string;
  readonly strategy: DeploymentStrategy;
  readonly phase: DeploymentPhase;
  /** Why it failed, when it did. */
  readonly problem?: string;
  readonly instances: readonly InstanceStatus[];
}

/** One version of one service on its way in, at work, and on its way out. */
export class Deployment {
  readonly #what: ReturnType<typeof checkDeployment>;
  readonly #id: string;
  readonly #instances: readonly Instance[];
  #phase: DeploymentPhase = 'starting';
  #problem: string | undefined;
  #rollout: Promise<void> = Promise.resolve();
  #ending: Promise<void> | undefined;

  constructor(what: ReturnType<typeof checkDeployment>, settings: InstanceSettings) {
    this.#what = what;
    this.#id = settings.deploymentId;
    this.#instances = Array.from({ length: what.replicas }, () => new Instance(what, settings));
  }

  get status(): DeploymentStatus {
    const { serviceName, version, strategy } = this.#what;
    const instances = this.#instances.map((instance) => instance.status);
    return {
      deploymentId: this.#id,
      serviceName,
      version,
      strategy,
      phase: this.#phase,
      instances,
      ...(this.#problem !== undefined && { problem: this.#problem }),
    };
  }

  get ready(): Promise<void> {
    return this.#rollout;
  }

  begin(previous: Deployment | undefined): void {
    this.#rollout = this.#roll(previous);
    this.#rollout.catch(() => undefined); // whoever asks by `ready` hears of it
  }

  /** The old version stays until the new one serves; if that never does, the old one is left alone. */
  async #roll(previous: Deployment | undefined): Promise<void> {
    try {
      if (this.#what.strategy === DeploymentStrategy.RECREATE) await previous?.end();
      for (const instance of this.#instances) instance.start();
      await Promise.all(this.#instances.map((instance) => instance.ready));
    } catch (error) {
      this.#phase = 'failed';
      this.#problem = messageOf(error);
      await Promise.all(this.#instances.map((instance) => instance.stop()));
      throw error;
    }
    this.#phase = 'draining-previous';
    await previous?.end();
    this.#phase = 'succeeded';
  }

  end(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async #end(): Promise<void> {
    await Promise.all(this.#instances.map((instance) => instance.stop()));
    if (this.#phase !== 'failed') this.#phase = 'ended';
  }
}
