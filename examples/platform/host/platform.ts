import { fileURLToPath } from 'node:url';
import { type Component, component, type Runtime, system } from '@tutti/core';
import { sqliteDatabase } from '@tutti/core/sqlite';
import { DeploymentManager, DeploymentStrategy, EnvironmentType, localProcesses } from '@tutti/deploy';
import { HealthChecker, ServiceDiscovery } from '@tutti/discovery';
import { sqliteBackend } from '@tutti/discovery/sqlite';
import { APIGateway, jwt } from '@tutti/gateway';
import { ServiceMesh } from '@tutti/mesh';
import { EventBus } from '@tutti/messaging';
import { sqliteTransport } from '@tutti/messaging/sqlite';
import { SagaOrchestrator } from '@tutti/saga';
import { sqliteStore } from '@tutti/saga/sqlite';
import { events } from '../contract/events.ts';
import { platformError } from '../errors.ts';
import { documentAnalysis } from '../saga/document-analysis.ts';
import { type Access, createAccess } from './access.ts';
import type { DataFolder } from './data-folder.ts';

const version = '1.0.0';
const serviceNames = ['document-analysis', 'compliance-automation'] as const;
const serviceFile = (name: string): string => fileURLToPath(new URL(`../services/${name}/main.ts`, import.meta.url));

/** A running platform. */
export interface Platform extends Component {
  readonly url: string;
  readonly access: Access;
  readonly deployments: DeploymentManager;
}

export interface PlatformOptions {
  readonly data: DataFolder;
  readonly port: number;
  readonly runtime: Runtime;
  /** The largest upload. */
  readonly maxDocumentBytes: number;
}

/** The composition root: the only place that knows which adapters the platform runs on. */
export async function createPlatform({ data, port, runtime, maxDocumentBytes }: PlatformOptions): Promise<Platform> {
  const access = await createAccess();
  const work = sqliteDatabase({ path: data.workFile, runtime });
  const registry = sqliteDatabase({ path: data.registryFile, runtime });
  const discovery = new ServiceDiscovery({ backend: sqliteBackend({ database: registry }), runtime });
  const mesh = new ServiceMesh({ endpoints: discovery, registry: discovery, runtime });
  const bus = new EventBus({ events, transport: sqliteTransport({ database: work }), runtime });
  const sagas = new SagaOrchestrator({
    store: sqliteStore({ database: work }),
    sagas: [documentAnalysis({ caller: mesh.caller, publisher: bus })],
    runtime,
  });
  const deployments = new DeploymentManager({ platform: processes(data, maxDocumentBytes), registry: discovery, runtime });
  const gateway = new APIGateway({
    upstreams: mesh,
    authenticators: [jwt({ issuer: access.issuer, audience: access.audience, jwks: access.keys })],
    runtime,
  });
  gateway.addRoute({
    path: '/api/v1/documents',
    methods: ['GET', 'POST'],
    serviceName: 'document-analysis',
    roles: ['member'],
    timeout: '90s',
  });

  bus.subscribe(
    'document.uploaded',
    async ({ id, data: { documentId } }, call) => void (await sagas.startSaga('document_analysis', { documentId }, { id, call })),
    'document-analysis-saga',
  );

  let url = '';
  const services = component('services', {
    open: async () => void (await Promise.all(serviceNames.map((name) => deploy(deployments, name)))),
  });
  const door = component('front door', {
    open: async () => {
      url = await listen(gateway, port);
    },
  });
  const life = system('platform', [work, registry, discovery, mesh, bus, sagas, deployments, services, gateway, door], {
    runtime,
    drainTimeout: '20s',
  });
  return Object.assign(Object.create(life) as Component, {
    access,
    deployments,
    get url() {
      return url;
    },
  });
}
