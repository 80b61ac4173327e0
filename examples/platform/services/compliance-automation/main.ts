import { component } from '@tutti/core';
import { sqliteDatabase } from '@tutti/core/sqlite';
import { managedService } from '@tutti/deploy/service';
import { ServiceDiscovery } from '@tutti/discovery';
import { sqliteBackend } from '@tutti/discovery/sqlite';
import { ServiceMesh } from '@tutti/mesh';
import { httpService } from '../http-service.ts';
import { serviceSettings } from '../service-settings.ts';
import { CheckStore } from './check-store.ts';
import { complianceRoutes } from './routes.ts';

const { data, name } = serviceSettings();
const checks = sqliteDatabase({ path: data.checksFile });
const registry = sqliteDatabase({ path: data.registryFile });
const discovery = new ServiceDiscovery({ backend: sqliteBackend({ database: registry }) });
const mesh = new ServiceMesh({ endpoints: discovery, registry: discovery });
const store = new CheckStore(checks);
const tables = component('tables', { open: () => store.open() });

const listener = httpService(complianceRoutes(store, mesh.caller), { maxBodyBytes: 1024 });
await managedService({ name, listener, parts: [checks, tables, registry, discovery, mesh] });
