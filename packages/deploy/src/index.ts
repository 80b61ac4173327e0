export { type DeployErrors, deployErrors } from './errors.ts';
export { type LocalProcessesOptions, localProcesses, type ProcessImage } from './local/local-processes.ts';
export type { DeploymentPhase, DeploymentStatus } from './manager/deployment.ts';
export { DeploymentManager, type DeploymentManagerOptions, deploymentManagerDefaults } from './manager/deployment-manager.ts';
export type { InstancePhase, InstanceStatus } from './manager/instance.ts';
export { DeploymentStrategy, type DeploymentTarget, EnvironmentType, type ServiceDeployment } from './manager/service-deployment.ts';
export type {
  DeploymentPlatform,
  InstanceExit,
  InstanceSpec,
  PlatformCapabilities,
  RunningInstance,
} from './platform/deployment-platform.ts';
