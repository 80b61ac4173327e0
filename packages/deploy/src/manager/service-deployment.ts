import { checkOptions, objectWith, oneOf, text, wholeNumber } from '@tutti/core';

export const EnvironmentType = { PRODUCTION: 'production', STAGING: 'staging', DEVELOPMENT: 'development', TEST: 'test' } as const;
export type EnvironmentType = (typeof EnvironmentType)[keyof typeof EnvironmentType];

export const DeploymentStrategy = { BLUE_GREEN: 'blue-green', CANARY: 'canary', ROLLING: 'rolling', RECREATE: 'recreate' } as const;
export type DeploymentStrategy = (typeof DeploymentStrategy)[keyof typeof DeploymentStrategy];

export interface DeploymentTarget {
  readonly environment: EnvironmentType;
  readonly cluster?: string;
  readonly namespace?: string;
}

/** What is to be deployed. */
export interface ServiceDeployment {
  readonly serviceName: string;
  readonly version: string;
  /** A name the platform knows, such as `voice-interface:1.2.0`. */
  readonly image: string;
  readonly target: DeploymentTarget;
  /**
   * ROLLING starts the new instances, routes to them, then drains the old ones. RECREATE stops the old ones first.
   * @defaultValue ROLLING; RECREATE in EnvironmentType.TEST
   */
  readonly strategy?: DeploymentStrategy;
  /** @defaultValue 1 */
  readonly replicas?: number;
}

/** @throws INVALID_OPTIONS with the path; nothing has been started then. */
export function checkDeployment(
  deployment: ServiceDeployment,
): ServiceDeployment & { readonly strategy: DeploymentStrategy; readonly replicas: number } {
  const path = 'deployment';
  const checked = checkOptions(
    path,
    deployment,
    {
      required: { serviceName: text, version: text, image: text, target: objectWith('a DeploymentTarget', 'environment') },
      optional: { strategy: oneOf(...Object.values(DeploymentStrategy)), replicas: wholeNumber({ min: 1, max: 100 }) },
    },
    { replicas: 1 },
  );
  checkOptions(`${path}.target`, checked.target, {
    required: { environment: oneOf(...Object.values(EnvironmentType)) },
    optional: { cluster: text, namespace: text },
  });
  const usual = checked.target.environment === EnvironmentType.TEST ? DeploymentStrategy.RECREATE : DeploymentStrategy.ROLLING;
  return { ...checked, strategy: checked.strategy ?? usual };
}
