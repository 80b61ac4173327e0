import { type Endpoint, TuttiError } from '@tutti/core';
import type { Row } from '@tutti/core/sqlite';
import type { RegistryChange } from '../backend/discovery-backend.ts';
import { endpointState } from '../backend/endpoint-state.ts';
import { readEndpoint } from '../backend/stored-endpoint.ts';

/** One row of the endpoints, and what watches are told of it. */
export interface EndpointRecord {
  readonly incarnation: string;
  readonly state: string;
  readonly text: string;
  readonly told: Extract<RegistryChange, { kind: 'upsert' | 'malformed' }>;
}

export function recordOf(serviceName: string, row: Row): EndpointRecord {
  const record = { incarnation: String(row['incarnation']), state: String(row['state']), text: String(row['endpoint']) };
  return { ...record, told: toldOf(serviceName, String(row['instance']), record) };
}

export function isRecordOf(record: EndpointRecord, row: Row): boolean {
  return record.incarnation === row['incarnation'] && record.state === row['state'] && record.text === row['endpoint'];
}

/** The state has a column of its own, because it is all that changes in a life. */
function toldOf(serviceName: string, instance: string, { incarnation, state, text }: Omit<EndpointRecord, 'told'>): EndpointRecord['told'] {
  const malformed = (problem: string): EndpointRecord['told'] => ({ kind: 'malformed', key: instance, problem });
  const badState = endpointState(state);
  if (badState) return malformed(`state ${badState}`);
  try {
    const endpoint = readEndpoint(serviceName, text);
    if (endpoint.instanceId !== instance || endpoint.incarnation !== incarnation)
      return malformed('endpoint names another life than its row');
    return { kind: 'upsert', endpoint: Object.freeze({ ...endpoint, state: state as Endpoint['state'] }) };
  } catch (error) {
    if (!TuttiError.is(error, 'INVALID_DATA')) throw error;
    return malformed(error.message);
  }
}
