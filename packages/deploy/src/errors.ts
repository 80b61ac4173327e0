import { defineErrors, type ErrorFactory, type ErrorSpec } from '@tutti/core';

export interface DeployErrors {
  readonly DEPLOY_UNKNOWN_IMAGE: ErrorSpec<{ image: string; known: readonly string[] }>;
  readonly DEPLOY_UNSUPPORTED_STRATEGY: ErrorSpec<{ strategy: string; supported: readonly string[] }>;
  readonly DEPLOY_UNKNOWN_DEPLOYMENT: ErrorSpec<{ deploymentId: string }>;
  readonly DEPLOY_START_FAILED: ErrorSpec<{ serviceName: string; version: string; problem: string; log: string }>;
  readonly DEPLOY_SUPERSEDED: ErrorSpec<{ serviceName: string; version: string }>;
  readonly DEPLOY_FOLDER_IN_USE: ErrorSpec<{ path: string; pid: number }>;
}

export const deployErrors: DeployErrors = {
  DEPLOY_UNKNOWN_IMAGE: { retryable: false, message: (d) => `there is no image ${d.image}; known are ${d.known.join(', ') || 'none'}` },
  DEPLOY_UNSUPPORTED_STRATEGY: {
    retryable: false,
    message: (d) => `the strategy ${d.strategy} is not built yet; ${d.supported.join(' and ')} are`,
  },
  DEPLOY_UNKNOWN_DEPLOYMENT: { retryable: false, message: (d) => `there is no deployment ${d.deploymentId}` },
  DEPLOY_START_FAILED: {
    retryable: false,
    message: (d) => `${d.serviceName} ${d.version} did not come up: ${d.problem}${d.log && `\nThe end of its log:\n${d.log}`}`,
  },
  DEPLOY_SUPERSEDED: {
    retryable: false,
    message: (d) => `the deployment of ${d.serviceName} ${d.version} was ended by a newer one or by a stop`,
  },
  DEPLOY_FOLDER_IN_USE: {
    retryable: false,
    message: (d) =>
      `the folder ${d.path} belongs to a deployment manager that is running (process ${d.pid}); stop it or choose another folder`,
  },
};

export const deployError: ErrorFactory<DeployErrors> = defineErrors(deployErrors);
