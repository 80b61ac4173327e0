import assert from 'node:assert/strict';
import { get } from 'node:http';
import { type Law, withCode } from '@tutti/core/testing';
import type { DeploymentPlatform, InstanceSpec, RunningInstance } from '../platform/deployment-platform.ts';

/** An open platform that knows the image `good:1`, which serves, and `stubborn:1`, which does not want to end. */
export interface DeploymentPlatformSubject {
  readonly platform: DeploymentPlatform;
}

const spec = (image: string): InstanceSpec => ({ instanceId: 'one', serviceName: 'good', version: '1', image });

function answers(host: string, port: number | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ host, port, path: '/health/ready', agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.once('error', () => resolve(false));
  });
}

async function started(platform: DeploymentPlatform, image: string): Promise<{ instance: RunningInstance; port: number | undefined }> {
  const instance = await platform.start(spec(image));
  return { instance, port: await instance.port };
}

/** What every platform promises while it lives; DP-3 and DP-4 need a platform that dies, and are shown by tests of their own. */
export const deploymentPlatformLaws: readonly Law<DeploymentPlatformSubject>[] = [
  {
    id: 'DP-1',
    title: 'an instance that was started reports the port it bound, and serves there',
    async run({ platform }) {
      const { instance, port } = await started(platform, 'good:1');
      assert.ok(port);
      assert.equal(await answers(instance.host, port), true);
    },
  },
  {
    id: 'DP-1b',
    title: 'an unknown image is refused with the known ones, before anything is started',
    async run({ platform }) {
      assert.throws(() => platform.check('nobody:1'), withCode('DEPLOY_UNKNOWN_IMAGE'));
      await assert.rejects(async () => platform.check('nobody:1'), /known are .*good:1/);
    },
  },
  {
    id: 'DP-2',
    title: 'an instance that is stopped ends, and nothing serves there afterwards',
    async run({ platform }) {
      const { instance, port } = await started(platform, 'good:1');
      assert.equal((await platform.stop(instance, 5_000)).kind, 'clean');
      assert.equal(await answers(instance.host, port), false);
      await platform.stop(instance, 5_000);
    },
  },
  {
    id: 'DP-2b',
    title: 'an instance that does not want to end is ended after the grace',
    async run({ platform }) {
      const { instance, port } = await started(platform, 'stubborn:1');
      await platform.stop(instance, 100);
      assert.equal(await answers(instance.host, port), false);
    },
  },
  {
    id: 'DP-5',
    title: 'nothing serves any more after the platform was closed',
    async run({ platform }) {
      const two = await Promise.all([started(platform, 'good:1'), started(platform, 'good:1')]);
      await platform.close();
      for (const { instance, port } of two) assert.equal(await answers(instance.host, port), false);
    },
  },
];
