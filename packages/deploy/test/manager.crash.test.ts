import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { eventually } from '@tutti/core/testing';
import { DeploymentManager, DeploymentStrategy, EnvironmentType, type ServiceDeployment } from '@tutti/deploy';
import { describe, expect, it } from 'vitest';
import { inFolder, isAlive, MapRegistry, platformIn } from './processes.ts';

const service = (image: string, over: Partial<ServiceDeployment> = {}): ServiceDeployment => {
  const [serviceName = '', version = ''] = image.split(':');
  return { serviceName, version, image, target: { environment: EnvironmentType.DEVELOPMENT }, ...over };
};

/** A manager with its registry, stopped afterwards; nothing it started may be left. */
async function managed(
  work: (manager: DeploymentManager, registry: MapRegistry, folder: string) => Promise<void>,
  more = {},
): Promise<void> {
  await inFolder(async (folder) => {
    const registry = new MapRegistry();
    const manager = new DeploymentManager({
      platform: platformIn(folder, more),
      registry,
      propagation: '50ms',
      grace: '2s',
      startTimeout: '20s',
    });
    await manager.start();
    try {
      await work(manager, registry, folder);
    } finally {
      await manager.stop();
    }
    expect(registry.endpoints.size).toBe(0);
  });
}

async function pidsOf(manager: DeploymentManager, id: string): Promise<readonly number[]> {
  return (await manager.getDeploymentStatus(id)).instances.flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
}

describe('the deployment manager', () => {
  it('brings instances up, lets them be found only when they are ready, and takes them down without a trace', async () => {
    let pids: readonly number[] = [];
    await managed(async (manager, registry) => {
      const id = await manager.deployService(service('good:1', { replicas: 2 }));
      expect(registry.open).toEqual([]);
      await manager.ready(id);
      pids = await pidsOf(manager, id);
      expect([new Set(pids).size, registry.open.length]).toEqual([2, 2]);
      for (const url of registry.open) expect(await (await fetch(url)).text()).toBe('1');
      expect(await manager.getDeploymentStatus(id)).toMatchObject({
        phase: 'succeeded',
        version: '1',
        instances: [
          { phase: 'ready', restarts: 0 },
          { phase: 'ready', restarts: 0 },
        ],
      });
      expect(await manager.health()).toEqual({ status: 'healthy' });
    });
    expect(pids.filter(isAlive)).toEqual([]);
  });

  it('replaces an instance that was killed, under a new address', async () => {
    await managed(async (manager, registry) => {
      const id = await manager.deployService(service('good:1'));
      await manager.ready(id);
      const [[pid], [url]] = [await pidsOf(manager, id), registry.open];
      process.kill(pid as number, 'SIGKILL');
      await eventually('another is ready', () => registry.open.length === 1 && registry.open[0] !== url);
      expect(await manager.getDeploymentStatus(id)).toMatchObject({
        instances: [{ phase: 'ready', restarts: 1, lastExit: expect.stringMatching(/SIGKILL/) }],
      });
      expect(await pidsOf(manager, id)).not.toContain(pid);
    });
  });

  it('rolls to a new version under load without a failed request', async () => {
    await managed(async (manager, registry) => {
      await manager.ready(await manager.deployService(service('good:1', { replicas: 2 })));
      const versions = new Set<string>();
      let [asked, failed, rolling] = [0, 0, true];
      const load = async (): Promise<void> => {
        while (rolling) {
          const urls = registry.open;
          const url = urls[asked++ % urls.length] as string;
          await fetch(asked % 5 === 0 ? `${url}/slow` : url).then(
            async (response) => versions.add(await response.text()),
            () => failed++,
          );
        }
      };
      const loads = [load(), load(), load(), load()];
      await manager.ready(await manager.deployService(service('good:2', { replicas: 2 })));
      rolling = false;
      await Promise.all(loads);
      expect([failed, asked > 50, versions.has('1'), versions.has('2')]).toEqual([0, true, true, true]);
      for (const url of registry.open) expect(await (await fetch(url)).text()).toBe('2');
    });
  });

  it('says why a service does not come up, with the end of its log, and leaves the old version alone', async () => {
    await managed(async (manager, registry, folder) => {
      await manager.ready(await manager.deployService(service('good:1')));
      const failure = await manager
        .ready(await manager.deployService(service('missing:1', { serviceName: 'good' })))
        .catch((error: unknown) => error);
      expect(failure).toMatchObject({
        code: 'DEPLOY_START_FAILED',
        message: expect.stringMatching(/something it imports is not there[\s\S]*is-not-there\.mjs/),
      });
      expect(await (await fetch(registry.open[0] as string)).text()).toBe('1');
      expect(readFileSync(join(folder, 'logs', 'good.log'), 'utf8')).toContain('is-not-there.mjs');
    });
  });

  it('gives up an instance that is never ready, or whose port is always taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const portTaken = { module: join(import.meta.dirname, 'programs', 'port-taken.mjs'), env: { TAKEN_PORT: String(port) } };
    await managed(
      async (manager) => {
        const failure = await manager.ready(await manager.deployService(service('port-taken:1'))).catch((error: unknown) => error);
        expect(failure).toMatchObject({
          code: 'DEPLOY_START_FAILED',
          message: expect.stringMatching(/3 times before it was ready; the last time its port is used/),
        });
        expect((await manager.health()).status).toBe('unhealthy');
      },
      { 'port-taken:1': portTaken },
    );
    taken.close();
    await inFolder(async (folder) => {
      await using manager = new DeploymentManager({ platform: platformIn(folder), startTimeout: '500ms', grace: '200ms' });
      await manager.start();
      const failure = await manager.ready(await manager.deployService(service('never-ready:1'))).catch((error: unknown) => error);
      expect(failure).toMatchObject({
        code: 'DEPLOY_START_FAILED',
        message: expect.stringMatching(/waiting for a database that never comes/),
      });
    });
  });

  it('refuses what it cannot do before it starts anything', async () => {
    await managed(async (manager) => {
      await expect(manager.deployService(service('good:9'))).rejects.toMatchObject({
        code: 'DEPLOY_UNKNOWN_IMAGE',
        message: expect.stringMatching(/known are good:1/),
      });
      await expect(manager.deployService(service('good:1', { strategy: DeploymentStrategy.CANARY }))).rejects.toMatchObject({
        code: 'DEPLOY_UNSUPPORTED_STRATEGY',
      });
      await expect(manager.getDeploymentStatus('nobody')).rejects.toMatchObject({ code: 'DEPLOY_UNKNOWN_DEPLOYMENT' });
    });
  });

  it('stops while a deployment is starting', async () => {
    await managed(async (manager) => {
      const id = await manager.deployService(service('good:1'));
      const outcome = manager.ready(id).catch((error: { code: string }) => error.code);
      await manager.stop();
      expect(await outcome).toBe('DEPLOY_SUPERSEDED');
    });
  });
});

describe('a manager that is killed', () => {
  const program = join(import.meta.dirname, 'programs', 'manager.ts');

  async function startManager(folder: string): Promise<{ kill: () => void; pids: readonly number[] }> {
    const child = spawn(process.execPath, ['--conditions=@tutti/source', program, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    return { kill: () => void child.kill('SIGKILL'), pids: JSON.parse(line) as readonly number[] };
  }

  it('leaves nothing behind after ten seconds, not even what ignores every signal but one', async () => {
    await inFolder(async (folder) => {
      const { kill, pids } = await startManager(folder);
      expect(pids.map(isAlive)).toEqual([true, true]);
      kill();
      await eventually('all are gone', () => !pids.some(isAlive), 10_000);
    });
  });

  it('control: without the keeper the stubborn one survives, until the next manager removes it', async () => {
    await inFolder(async (folder) => {
      const { kill, pids } = await startManager(folder);
      const [good, stubborn] = pids as [number, number];
      const keeper = keeperOf(folder);
      process.kill(keeper, 'SIGKILL');
      kill();
      await eventually('the good one has ended by itself', () => !isAlive(good), 10_000);
      await new Promise((resolve) => setTimeout(resolve, 4_000)); // longer than the keeper takes
      expect(isAlive(stubborn)).toBe(true);
      const next = new DeploymentManager({ platform: platformIn(folder) });
      await next.start();
      expect(isAlive(stubborn)).toBe(false);
      await next.stop();
    });
  });

  it('is told from one that lives: two managers cannot share a folder', async () => {
    await inFolder(async (folder) => {
      const { kill, pids } = await startManager(folder);
      const second = new DeploymentManager({ platform: platformIn(folder) });
      await expect(second.start()).rejects.toMatchObject({ code: 'DEPLOY_FOLDER_IN_USE' });
      expect(pids.map(isAlive)).toEqual([true, true]);
      kill();
      await eventually('all are gone', () => !pids.some(isAlive), 10_000);
    });
  });

  it('takes over a record that was cut short by a crash', async () => {
    await inFolder(async (folder) => {
      const first = new DeploymentManager({ platform: platformIn(folder) });
      await first.start();
      await first.stop();
      writeFileSync(join(folder, 'processes', 'manager.json'), '{"pid":');
      const second = new DeploymentManager({ platform: platformIn(folder) });
      await second.start();
      await second.stop();
    });
  });
});

/** The keeper is the one child of the manager that runs keeper.ts. */
function keeperOf(folder: string): number {
  const { pid } = JSON.parse(readFileSync(join(folder, 'processes', 'manager.json'), 'utf8')) as { pid: number };
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
  return children.find((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('keeper')) as number;
}
