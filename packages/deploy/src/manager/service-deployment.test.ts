import { describe, expect, it } from 'vitest';
import { checkDeployment, DeploymentStrategy, EnvironmentType, type ServiceDeployment } from './service-deployment.ts';

const whole: ServiceDeployment = {
  serviceName: 'voice',
  version: '1.2.0',
  image: 'voice:1.2.0',
  target: { environment: EnvironmentType.PRODUCTION },
};

describe('a deployment', () => {
  it('gets one replica, and a strategy that fits its environment', () => {
    expect(checkDeployment(whole)).toMatchObject({ replicas: 1, strategy: DeploymentStrategy.ROLLING });
    expect(checkDeployment({ ...whole, target: { environment: EnvironmentType.TEST } }).strategy).toBe(DeploymentStrategy.RECREATE);
    expect(checkDeployment({ ...whole, strategy: DeploymentStrategy.RECREATE }).strategy).toBe(DeploymentStrategy.RECREATE);
  });

  it.each([
    [{ ...whole, serviceName: '' }, /^deployment\.serviceName must be a non-empty string/],
    [{ ...whole, version: undefined }, /^deployment\.version is missing/],
    [{ ...whole, replicas: 0 }, /^deployment\.replicas must be a whole number from 1/],
    [{ ...whole, target: { environment: 'prod' } }, /^deployment\.target\.environment must be 'production' or/],
    [{ ...whole, target: { environment: 'test', cluser: 'a' } }, /^deployment\.target\.cluser is not an option/],
    [{ ...whole, stratgy: 'rolling' }, /^deployment\.stratgy is not an option/],
  ])('is refused with the path of what is wrong (%#)', (deployment, message) => {
    expect(() => checkDeployment(deployment as ServiceDeployment)).toThrowError(message);
  });
});
