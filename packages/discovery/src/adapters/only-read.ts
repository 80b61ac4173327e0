import { coreError, type TuttiError } from '@tutti/core';
import type { DiscoveryBackend } from '../backend/discovery-backend.ts';

type Writes = Pick<DiscoveryBackend, 'capabilities' | 'put' | 'renew' | 'mark' | 'remove'>;

/** What a backend answers whose registry is written by somebody else. */
export function onlyRead(adapter: string): Writes {
  const refuse = (feature: string) => async (): Promise<never> => {
    throw coreError('CAPABILITY_MISSING', { feature, adapter, capability: 'registers' });
  };
  return {
    capabilities: { registers: false },
    put: refuse('put'),
    renew: refuse('renew'),
    mark: refuse('mark'),
    remove: refuse('remove'),
  };
}

export const closedError = (name: string): TuttiError => coreError('NOT_RUNNING', { component: `the ${name} backend`, state: 'closed' });
