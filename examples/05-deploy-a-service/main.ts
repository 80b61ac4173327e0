import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeploymentManager, DeploymentStrategy, EnvironmentType, localProcesses } from '@tutti/deploy';
import { memoryBackend, ServiceDiscovery } from '@tutti/discovery';
import { ServiceMesh } from '@tutti/mesh';

const folder = await mkdtemp(join(tmpdir(), 'deploy-example-'));
const image = { module: join(import.meta.dirname, 'service.ts') };
const images = { 'voice-interface:1.2.0': image, 'voice-interface:1.3.0': image };

const discovery = new ServiceDiscovery({ backend: memoryBackend() });
const mesh = new ServiceMesh({ endpoints: discovery, registry: discovery });
const platform = localProcesses({ images, dataDir: join(folder, 'processes'), logDir: join(folder, 'logs') });
const deployments = new DeploymentManager({ platform, registry: discovery });
for (const part of [discovery, mesh, deployments]) await part.start();

const target = { environment: EnvironmentType.PRODUCTION, cluster: 'main', namespace: 'default' };
for (const version of ['1.2.0', '1.3.0']) {
  const wanted = `voice-interface:${version}`;
  const deploymentId = await deployments.deployService({
    serviceName: 'voice-interface',
    version,
    image: wanted,
    target,
    strategy: DeploymentStrategy.ROLLING,
  });
  await deployments.ready(deploymentId);
  const reply = await mesh.call('voice-interface', { method: 'GET', path: '/' });
  const { phase } = await deployments.getDeploymentStatus(deploymentId);
  console.log(`${phase}: ${reply.text()} answers`);
}

for (const part of [deployments, mesh, discovery]) await part.stop();
await rm(folder, { recursive: true });
