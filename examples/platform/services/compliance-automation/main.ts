import { component } from '@tutti/core';
import { sqliteDatabase } from '@tutti/core/sqlite';
import { managedService } from '@tutti/deploy/service';
import { ServiceDiscovery } from '@tutti/discovery';
import { ServiceMesh } from '@tutti/mesh';
import { registryAt } from '../../host/registry-place.ts';
import { httpService } from '../http-service.ts';
import { serviceSettings } from '../service-settings.ts';
import { CheckStore } from './check-store.ts';
import { complianceRoutes } from './routes.ts';

const { data, name, registry: place } = serviceSettings();
const checks = sqliteDatabase({ path: data.checksFile });
const registry = await registryAt(place, data);
const discovery = new ServiceDiscovery({ backend: registry.backend });
const mesh = new ServiceMesh({ endpoints: discovery, registry: discovery });
const store = new CheckStore(checks);
const tables = component('tables', { open: () => store.open() });

const listener = httpService(complianceRoutes(store, mesh.caller), { maxBodyBytes: 1024 });
await managedService({ name, listener, parts: [checks, tables, registry.part, discovery, mesh] });
