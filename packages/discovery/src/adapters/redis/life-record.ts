import { type Endpoint, TuttiError } from '@tutti/core';
import type { RegistryChange } from '../../backend/discovery-backend.ts';
import { endpointState } from '../../backend/endpoint-state.ts';
import { readEndpoint } from '../../backend/stored-endpoint.ts';

/** What is written down of one instance, and what watches are told of it. */
export interface LifeRecord {
  readonly text: string;
  /** Empty where none can be told. */
  readonly incarnation: string;
  readonly told: Extract<RegistryChange, { kind: 'upsert' | 'malformed' }>;
}

/** @param record As the scripts keep it: the length of the lease, which changes without news, then the incarnation, the state and the endpoint. */
export function lifeRecord(serviceName: string, instanceId: string, record: string): LifeRecord {
  const text = withoutLease(record);
  const told = toldOf(serviceName, instanceId, text);
  return { text, told, incarnation: told.kind === 'upsert' ? told.endpoint.incarnation : '' };
}

export const isRecordOf = ({ text }: LifeRecord, record: string): boolean => text === withoutLease(record);

const withoutLease = (record: string): string => record.slice(record.indexOf('\n') + 1);

/** The state has a line of its own, because it is all that changes in a life. */
function toldOf(serviceName: string, instanceId: string, text: string): LifeRecord['told'] {
  const malformed = (problem: string): LifeRecord['told'] => ({ kind: 'malformed', key: instanceId, problem });
  const [, incarnation, state, stored] = /^([^\n]*)\n([^\n]*)\n(.*)$/s.exec(text) ?? [];
  if (state === undefined || stored === undefined) return malformed('must be four lines: lease, incarnation, state and endpoint');
  const badState = endpointState(state);
  if (badState) return malformed(`state ${badState}`);
  try {
    const endpoint = readEndpoint(serviceName, stored);
    if (endpoint.instanceId !== instanceId || JSON.stringify(endpoint.incarnation) !== incarnation)
      return malformed('endpoint names another life than its record');
    return { kind: 'upsert', endpoint: Object.freeze({ ...endpoint, state: state as Endpoint['state'] }) };
  } catch (error) {
    if (!TuttiError.is(error, 'INVALID_DATA')) throw error;
    return malformed(error.message);
  }
}
