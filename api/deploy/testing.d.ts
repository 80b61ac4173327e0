// @tutti/deploy/testing

import { Law } from '@tutti/core/testing';
import { DeploymentPlatform, InstanceExit, InstanceSpec, RunningInstance } from '@tutti/deploy';

export interface DeploymentPlatformSubject {
  readonly platform: DeploymentPlatform;
}

export declare class FakePlatform implements DeploymentPlatform {
  #private;
  readonly name = "fake";
  readonly capabilities: {
    readonly detached: false;
  };
  readonly lives: FakeLife[];
  constructor(options: {
    readonly images: readonly string[];
    readonly broken?: readonly string[];
  });
  open(): Promise<void>;
  close(): Promise<void>;
  check(image: string): void;
  start(spec: InstanceSpec): Promise<RunningInstance>;
  stop(instance: RunningInstance): Promise<InstanceExit>;
}

export declare const deploymentPlatformLaws: readonly Law<DeploymentPlatformSubject>[];

// not exported, but part of what is

interface FakeLife {
  readonly spec: InstanceSpec;
  readonly instance: RunningInstance;
  readonly end: (exit: InstanceExit) => void;
}
