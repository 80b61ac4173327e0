// @tutti/deploy

import { Component, ComponentState, Duration, EndpointRegistry, ErrorSpec, Health, Runtime } from '@tutti/core';

export interface DeployErrors {
  readonly DEPLOY_UNKNOWN_IMAGE: ErrorSpec<{
    image: string;
    known: readonly string[];
  }>;
  readonly DEPLOY_UNSUPPORTED_STRATEGY: ErrorSpec<{
    strategy: string;
    supported: readonly string[];
  }>;
  readonly DEPLOY_UNKNOWN_DEPLOYMENT: ErrorSpec<{
    deploymentId: string;
  }>;
  readonly DEPLOY_START_FAILED: ErrorSpec<{
    serviceName: string;
    version: string;
    problem: string;
    log: string;
  }>;
  readonly DEPLOY_SUPERSEDED: ErrorSpec<{
    serviceName: string;
    version: string;
  }>;
  readonly DEPLOY_FOLDER_IN_USE: ErrorSpec<{
    path: string;
    pid: number;
  }>;
}

export declare class DeploymentManager implements Component {
  #private;
  readonly name = "deployments";
  readonly on: Component['on'];
  constructor(options: DeploymentManagerOptions);
  get state(): ComponentState;
  start(): Promise<void>;
  stop(): Promise<void>;
  health(): Promise<Health>;
  [Symbol.asyncDispose](): Promise<void>;
  deployService(deployment: ServiceDeployment): Promise<string>;
  ready(deploymentId: string): Promise<void>;
  getDeploymentStatus(deploymentId: string): Promise<DeploymentStatus>;
  stopService(serviceName: string): Promise<void>;
}

export interface DeploymentManagerOptions {
  readonly platform: DeploymentPlatform;
  readonly registry?: EndpointRegistry;
  readonly readyPath?: string;
  readonly startTimeout?: Duration;
  readonly propagation?: Duration;
  readonly grace?: Duration;
  readonly runtime?: Runtime;
}

export type DeploymentPhase = 'starting' | 'draining-previous' | 'succeeded' | 'failed' | 'ended';

export interface DeploymentPlatform {
  readonly name: string;
  readonly capabilities: PlatformCapabilities;
  open(): Promise<void>;
  close(): Promise<void>;
  check(image: string): void;
  start(spec: InstanceSpec): Promise<RunningInstance>;
  stop(instance: RunningInstance, graceMs: number): Promise<InstanceExit>;
}

export interface DeploymentStatus {
  readonly deploymentId: string;
  readonly serviceName: string;
  readonly version: string;
  readonly strategy: DeploymentStrategy;
  readonly phase: DeploymentPhase;
  readonly problem?: string;
  readonly instances: readonly InstanceStatus[];
}

export declare const DeploymentStrategy: {
  readonly BLUE_GREEN: "blue-green";
  readonly CANARY: "canary";
  readonly ROLLING: "rolling";
  readonly RECREATE: "recreate";
};
export type DeploymentStrategy = (typeof DeploymentStrategy)[keyof typeof DeploymentStrategy];

export interface DeploymentTarget {
  readonly environment: EnvironmentType;
  readonly cluster?: string;
  readonly namespace?: string;
}

export declare const EnvironmentType: {
  readonly PRODUCTION: "production";
  readonly STAGING: "staging";
  readonly DEVELOPMENT: "development";
  readonly TEST: "test";
};
export type EnvironmentType = (typeof EnvironmentType)[keyof typeof EnvironmentType];

export interface InstanceExit {
  readonly kind: 'clean' | 'failed' | 'killed';
  readonly words: string;
  readonly final: boolean;
}

export type InstancePhase = 'starting' | 'ready' | 'waiting' | 'stopping' | 'stopped' | 'failed';

export interface InstanceSpec {
  readonly instanceId: string;
  readonly serviceName: string;
  readonly version: string;
  readonly image: string;
}

export interface InstanceStatus {
  readonly phase: InstancePhase;
  readonly pid?: number;
  readonly port?: number;
  readonly restarts: number;
  readonly lastExit?: string;
}

export interface LocalProcessesOptions {
  readonly images: Readonly<Record<string, ProcessImage>>;
  readonly dataDir: string;
  readonly logDir: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly runtime?: Runtime;
}

export interface PlatformCapabilities {
  readonly detached: boolean;
}

export interface ProcessImage {
  readonly module: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface RunningInstance {
  readonly host: string;
  readonly pid: number;
  readonly port: Promise<number | undefined>;
  readonly exited: Promise<InstanceExit>;
  logTail(lines: number): Promise<string>;
}

export interface ServiceDeployment {
  readonly serviceName: string;
  readonly version: string;
  readonly image: string;
  readonly target: DeploymentTarget;
  readonly strategy?: DeploymentStrategy;
  readonly replicas?: number;
}

export declare const deployErrors: DeployErrors;

export declare const deploymentManagerDefaults: {
  readonly readyPath: "/health/ready";
  readonly startTimeout: "30s";
  readonly propagation: "300ms";
  readonly grace: "10s";
};

export declare function localProcesses(options: LocalProcessesOptions): DeploymentPlatform;
