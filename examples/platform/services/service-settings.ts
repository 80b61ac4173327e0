import { coreError } from '@tutti/core';
import { dataFolderAt } from '../host/data-folder.ts';
import { type EventStore, eventStoreFromEnv } from '../host/event-store.ts';
import { type RegistryPlace, registryFromEnv } from '../host/registry-place.ts';

/** What a service process is told by whoever started it. */
export interface ServiceSettings {
  readonly name: string;
  readonly data: ReturnType<typeof dataFolderAt>;
  /** Where events are kept. */
  readonly events: EventStore;
  /** Where others are found. */
  readonly registry: RegistryPlace;
}

/** @throws INVALID_OPTIONS for a process that was started by hand without them. */
export function serviceSettings(): ServiceSettings {
  const folder = process.env['TUTTI_DATA'];
  if (!folder)
    throw coreError('INVALID_OPTIONS', { path: 'env.TUTTI_DATA', problem: 'is missing; services are started by the platform (npm start)' });
  return {
    name: process.env['TUTTI_SERVICE'] ?? 'service',
    data: dataFolderAt(folder),
    events: eventStoreFromEnv(process.env),
    registry: registryFromEnv(process.env),
  };
}
