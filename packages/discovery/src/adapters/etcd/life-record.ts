import { TuttiError } from '@tutti/core';
import type { EtcdEntry } from '@tutti/core/etcd';
import type { RegistryChange } from '../../backend/discovery-backend.ts';
import { readEndpoint } from '../../backend/stored-endpoint.ts';

/** What is written down of one instance, and what watches are told of it. */
export interface LifeRecord {
  readonly entry: EtcdEntry;
  /** Empty where none can be told. */
  readonly incarnation: string;
  readonly told: Extract<RegistryChange, { kind: 'upsert' | 'malformed' }>;
}

export function lifeRecord(serviceName: string, instanceId: string, entry: EtcdEntry): LifeRecord {
  const told = toldOf(serviceName, instanceId, entry.value);
  return { entry, told, incarnation: told.kind === 'upsert' ? told.endpoint.incarnation : '' };
}

function toldOf(serviceName: string, instanceId: string, value: string): LifeRecord['told'] {
  const malformed = (problem: string): LifeRecord['told'] => ({ kind: 'malformed', key: instanceId, problem });
  try {
    const endpoint = readEndpoint(serviceName, value);
    return endpoint.instanceId === instanceId ? { kind: 'upsert', endpoint } : malformed('endpoint names another instance than its key');
  } catch (error) {
    if (!TuttiError.is(error, 'INVALID_DATA')) throw error;
    return malformed(error.message);
  }
}
