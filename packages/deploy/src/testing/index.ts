export { FakePlatform } from './fake-platform.ts';
export { type DeploymentPlatformSubject, deploymentPlatformLaws } from './platform-laws.ts';
