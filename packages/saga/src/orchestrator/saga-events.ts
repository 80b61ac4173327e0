import type { StandardSchemaV1 } from '@standard-schema/spec';
import { type EventDefinition, event } from '@tutti/core';
import type { Failure } from '../store/journal-entry.ts';

interface OfSaga {
  readonly sagaId: string;
  readonly saga: string;
}

export interface SagaEvents {
  readonly 'saga.step.completed': EventDefinition<OfSaga & { readonly step: string }>;
  readonly 'saga.step.undone': EventDefinition<OfSaga & { readonly step: string }>;
  readonly 'saga.completed': EventDefinition<OfSaga>;
  readonly 'saga.compensated': EventDefinition<OfSaga & { readonly failure?: Failure }>;
  readonly 'saga.parked': EventDefinition<OfSaga & { readonly status: string; readonly step: string; readonly failure?: Failure }>;
}

/** The data comes from the orchestrator itself; a schema of a host's own would know no better. */
function ofSaga<D extends OfSaga>(): EventDefinition<D> {
  const schema: StandardSchemaV1<unknown, D> = {
    '~standard': {
      version: 1,
      vendor: 'tutti',
      validate(value) {
        const known = typeof value === 'object' && value !== null && 'sagaId' in value && 'saga' in value;
        return known ? { value: value as D } : { issues: [{ message: 'is not the data of an event of a saga' }] };
      },
    },
  };
  return event(schema, { key: ({ sagaId }) => sagaId });
}

/**
 * What an orchestrator says of sagas with `announce`. Put them into the catalogue of the bus: `defineEvents({ ...sagaEvents, … })`. `saga.parked` is the
 * one to be woken up by: somebody has to look at that saga.
 */
export const sagaEvents: SagaEvents = Object.freeze({
  'saga.step.completed': ofSaga<OfSaga & { readonly step: string }>(),
  'saga.step.undone': ofSaga<OfSaga & { readonly step: string }>(),
  'saga.completed': ofSaga<OfSaga>(),
  'saga.compensated': ofSaga<OfSaga & { readonly failure?: Failure }>(),
  'saga.parked': ofSaga<OfSaga & { readonly status: string; readonly step: string; readonly failure?: Failure }>(),
});
