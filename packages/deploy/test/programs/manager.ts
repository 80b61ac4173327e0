// A manager in a process of its own, to be killed. Prints the process ids of its instances, then waits.
// Argument: its folder.
import { DeploymentManager, EnvironmentType } from '@tutti/deploy';
import { platformIn } from '../processes.ts';

const [folder = ''] = process.argv.slice(2);
const manager = new DeploymentManager({ platform: platformIn(folder), propagation: '10ms' });
await manager.start();
const ids = await Promise.all(
  (['good:1', 'stubborn:1'] as const).map((image) =>
    manager.deployService({
      serviceName: image.split(':')[0] as string,
      version: '1',
      image,
      target: { environment: EnvironmentType.DEVELOPMENT },
    }),
  ),
);
await Promise.all(ids.map((id) => manager.ready(id)));
const statuses = await Promise.all(ids.map((id) => manager.getDeploymentStatus(id)));
process.stdout.write(`${JSON.stringify(statuses.flatMap(({ instances }) => instances.map(({ pid }) => pid)))}\n`);
setInterval(() => {}, 1_000);
