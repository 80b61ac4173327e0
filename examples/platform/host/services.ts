import { join } from 'node:path';
import { type DeploymentManager, EnvironmentType, localProcesses } from '@tutti/deploy';
import type { DataFolder } from './data-folder.ts';
import { type EventStore, eventStoreToEnv, eventStoreVariable } from './event-store.ts';
import { type RegistryPlace, registryToEnv, registryVariable } from './registry-place.ts';

const version = '1.0.0';
const names = ['document-analysis', 'compliance-automation'] as const;
const target = { environment: EnvironmentType.DEVELOPMENT, cluster: 'local', namespace: 'default' };

const mainOf = (name: string): string => join(import.meta.dirname, '..', 'services', name, 'main.ts');

/** What an image means here: a file of this repository, and where it keeps its data and finds others. */
export function serviceProcesses(
  data: DataFolder,
  { events, registry }: { readonly events: EventStore; readonly registry: RegistryPlace },
): ReturnType<typeof localProcesses> {
  const images = Object.fromEntries(names.map((name) => [`${name}:${version}`, { module: mainOf(name) }]));
  const places = { [eventStoreVariable]: eventStoreToEnv(events), [registryVariable]: registryToEnv(registry) };
  const env = { ...handedOn(), TUTTI_DATA: data.path, ...places };
  return localProcesses({ images, env, dataDir: data.processFolder, logDir: data.logFolder });
}

/** The few variables of this process that concern the machine, and nothing that could be a secret. */
function handedOn(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ'].flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
  );
}

/** Resolves when every service is ready for requests. */
export async function deployServices(deployments: DeploymentManager): Promise<void> {
  const deploy = async (serviceName: string): Promise<void> => {
    const id = await deployments.deployService({ serviceName, version, image: `${serviceName}:${version}`, target });
    await deployments.ready(id);
  };
  await Promise.all(names.map(deploy));
}
