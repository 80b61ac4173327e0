import { sagaError } from '../errors.ts';
import type { SagaDesk } from '../store/saga-desk.ts';
import { sagaId } from '../store/saga-id.ts';
import type { SagaRecord } from '../store/saga-record.ts';

/** @throws SAGA_NOT_FOUND, also for what cannot be an id, which no store is asked for. */
export async function loadSaga(desk: SagaDesk, id: string): Promise<SagaRecord> {
  const record = sagaId(id) === undefined ? await desk.load(id) : undefined;
  if (!record) throw sagaError('SAGA_NOT_FOUND', { id });
  return record;
}
