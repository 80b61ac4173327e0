import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { defaultRuntime, silentLogger } from '@tutti/core';
import { eventually } from '@tutti/core/testing';
import { HealthChecker, memoryBackend, ServiceDiscovery } from '@tutti/discovery';
import { ServiceMesh } from '@tutti/mesh';
import { afterEach, describe, expect, it } from 'vitest';

// The mesh asks the HealthChecker of discovery how endpoints are; neither knows the other, so it is here that they meet.

const runtime = { ...defaultRuntime, logger: silentLogger };
const cleanup: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanup.splice(0).reverse()) await clean();
});

/** A service that answers requests well, and says of its own health what it is told to. */
interface Instance {
  readonly port: number;
  ill: boolean;
  /** Whom it says that it is. */
  name: string;
  requests: number;
  probes: number;
}

async function instance(): Promise<Instance> {
  const server: Server = createServer((request, response) => {
    if (request.url !== '/health') self.requests++;
    else {
      self.probes++;
      response.statusCode = self.ill ? 503 : 200;
      response.setHeader('x-service-name', self.name);
    }
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanup.push(() => server.closeAllConnections() ?? server.close());
  const self: Instance = { port: (server.address() as AddressInfo).port, ill: false, name: 'voice-interface', requests: 0, probes: 0 };
  return self;
}

async function house(probed: boolean) {
  const instances = [await instance(), await instance(), await instance()] as const;
  const discovery = new ServiceDiscovery({ backend: memoryBackend(), runtime });
  const prober = new HealthChecker({ interval: '20ms', fall: 2, rise: 2, runtime });
  const probe = { kind: 'http', path: '/health', identity: true } as const;
  const policy = { defaults: { balance: 'round-robin', ...(probed && { probe }) } } as const;
  const mesh = new ServiceMesh({ endpoints: discovery, registry: discovery, prober, policy, runtime, drainTimeout: '100ms' });
  await discovery.start();
  cleanup.push(() => discovery.stop());
  await mesh.start();
  cleanup.push(() => mesh.stop());
  for (const [each, { port }] of instances.entries())
    await mesh.registerEndpoint({ serviceName: 'voice-interface', instanceId: `voice-${each}`, host: '127.0.0.1', port });
  await mesh.ready('voice-interface');
  const reasons = (): string =>
    mesh
      .explain('voice-interface')
      .endpoints.map((each) => each.reasons.join())
      .join('|');
  const ask = async (times: number): Promise<readonly number[]> => {
    const before = instances.map(({ requests }) => requests);
    for (let each = 0; each < times; each++) await mesh.call('voice-interface', { method: 'GET', path: '/' });
    return instances.map(({ requests }, index) => requests - (before[index] ?? 0));
  };
  return { instances, mesh, reasons, ask };
}

describe('endpoints that are probed', () => {
  it('are left out after two failures and taken back after two successes', async () => {
    const { instances, reasons, ask } = await house(true);
    await eventually('all are asked', () => instances.every(({ probes }) => probes > 0));
    expect(await ask(30)).toEqual([10, 10, 10]);
    instances[1].ill = true;
    await eventually('the ill one is left out', () => reasons() === '|failing its probe|');
    expect(await ask(30)).toEqual([15, 0, 15]);
    instances[1].ill = false;
    const before = instances[1].probes;
    await eventually('it is taken back', () => reasons() === '||');
    expect(instances[1].probes - before).toBeGreaterThanOrEqual(2);
    expect(await ask(30)).toEqual([10, 10, 10]);
  });

  it('are left out when something else answers at their address', async () => {
    const { instances, reasons, ask } = await house(true);
    instances[2].name = 'billing';
    await eventually('the stranger is left out', () => reasons() === '||failing its probe');
    expect(await ask(30)).toEqual([15, 15, 0]);
  });

  it('get requests whatever they say of themselves where nobody asks (control)', async () => {
    const { instances, ask } = await house(false);
    instances[1].ill = true;
    expect(await ask(30)).toEqual([10, 10, 10]);
    expect(instances.map(({ probes }) => probes)).toEqual([0, 0, 0]);
  });

  it('are asked no more when the mesh has stopped', async () => {
    const { instances, mesh } = await house(true);
    await eventually('all are asked', () => instances.every(({ probes }) => probes > 0));
    await mesh.stop();
    const before = instances.map(({ probes }) => probes);
    await new Promise((resolve) => setTimeout(resolve, 150));
    const more = instances.map(({ probes }, each) => probes - (before[each] ?? 0));
    expect(Math.max(...more), 'one may have been on its way').toBeLessThanOrEqual(1);
  });
});
