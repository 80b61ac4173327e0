import { type Component, component, type Runtime, system, TuttiError } from '@tutti/core';
import { inspectionServer } from '@tutti/core/inspect';
import { sqliteDatabase } from '@tutti/core/sqlite';
import { DeploymentManager } from '@tutti/deploy';
import { ServiceDiscovery } from '@tutti/discovery';
import { APIGateway, jwt } from '@tutti/gateway';
import { ServiceMesh } from '@tutti/mesh';
import { EventBus } from '@tutti/messaging';
import { SagaOrchestrator } from '@tutti/saga';
import { events } from '../contract/events.ts';
import { maxDocumentBytes } from '../contract/limits.ts';
import { platformError } from '../errors.ts';
import { documentAnalysis } from '../saga/document-analysis.ts';
import { type Access, createAccess } from './access.ts';
import { auditFile } from './audit-file.ts';
import type { DataFolder } from './data-folder.ts';
import { type EventStore, eventTransport } from './event-store.ts';
import { type RegistryPlace, registryAt } from './registry-place.ts';
import { type SagaPlace, sagaStore } from './saga-place.ts';
import { deployServices, serviceProcesses } from './services.ts';

/** A platform and its life; everything runs between `life.start()` and `life.stop()`. */
export interface Platform {
  readonly life: Component;
  readonly access: Access;
  /** Where the gateway listens, once started. */
  url(): string;
  /** Where this process can be looked at and acted on, once started. */
  inspectionUrl(): string;
}

export interface PlatformOptions {
  readonly data: DataFolder;
  readonly port: number;
  readonly events: EventStore;
  readonly sagas: SagaPlace;
  readonly registry: RegistryPlace;
  readonly runtime: Runtime;
}

/** The composition root: the only place that knows which adapters the platform runs on. */
export async function createPlatform(options: PlatformOptions): Promise<Platform> {
  const { data, port, events: eventStore, sagas: place, runtime } = options;
  const access = await createAccess();
  const work = sqliteDatabase({ path: data.workFile, runtime });
  const registry = await registryAt(options.registry, data, runtime);
  const discovery = new ServiceDiscovery({ backend: registry.backend, runtime });
  const mesh = new ServiceMesh({ endpoints: discovery, registry: discovery, runtime });
  const bus = new EventBus({ events, transport: await eventTransport(eventStore, data, work), runtime });
  const sagas = new SagaOrchestrator({
    store: await sagaStore(place, data, work),
    sagas: [documentAnalysis(mesh.caller)],
    bus,
    sharedDatabase: eventStore.kind === 'sqlite' && place.kind === 'sqlite',
    lease: '5s',
    runtime,
  });
  const deployments = new DeploymentManager({ platform: serviceProcesses(data, options), registry: discovery, runtime });
  const authenticators = [jwt({ issuer: access.issuer, audience: access.audience, jwks: access.keys })];
  const gateway = new APIGateway({ upstreams: mesh, authenticators, limits: { maxBodyBytes: maxDocumentBytes }, runtime });
  gateway.addRoute({
    path: '/api/v1/documents',
    methods: ['GET', 'POST'],
    serviceName: 'document-analysis',
    roles: ['member'],
    timeout: '90s',
  });

  let url = '';
  const services = component('services', { open: () => deployServices(deployments) });
  const door = component('front door', {
    open: async () => {
      url = await listen(gateway, port);
    },
  });
  const inspection = inspectionServer({
    inspectables: [discovery, mesh, bus, sagas, gateway],
    audit: auditFile(data.auditFile, runtime.clock),
    token: access.inspectionToken,
    runtime,
  });
  const parts = [work, registry.part, discovery, mesh, deployments, bus, sagas, services, gateway, inspection, door];
  const life = system('platform', parts, { runtime, drainTimeout: '20s' });
  return { life, access, url: () => url, inspectionUrl: () => inspection.url };
}

/** @throws PORT_IN_USE */
async function listen(gateway: APIGateway, port: number): Promise<string> {
  try {
    return (await gateway.listen({ port })).url;
  } catch (error) {
    const cause = TuttiError.is(error) ? error.cause : error;
    if (cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE') throw platformError('PORT_IN_USE', { port }, { cause });
    throw error;
  }
}
