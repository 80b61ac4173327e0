import { coreError } from '@tutti/core';
import { stepsOf } from '../definition/node.ts';
import type { AnySaga } from '../definition/saga-definition.ts';
import type { SagaOrchestratorOptions } from './orchestrator-options.ts';
import { sagaEvents } from './saga-events.ts';

/** @throws INVALID_OPTIONS for two sagas of one name */
export function sagasByName(sagas: readonly AnySaga[]): ReadonlyMap<string, AnySaga> {
  const byName = new Map(sagas.map((saga) => [saga.name, saga]));
  if (byName.size < sagas.length)
    throw coreError('INVALID_OPTIONS', { path: 'sagas.sagas', problem: 'must not hold two sagas of one name' });
  return byName;
}

/**
 * What sagas need of the store and the bus must be there before the first one runs.
 * @throws CAPABILITY_MISSING, INVALID_OPTIONS
 */
export function checkWiring(
  { store, bus, sharedDatabase, announce }: SagaOrchestratorOptions<readonly AnySaga[]>,
  sagas: ReadonlyMap<string, AnySaga>,
): void {
  const missing = (feature: string, adapter: string, capability: string): Error =>
    coreError('CAPABILITY_MISSING', { feature, adapter, capability });
  for (const saga of sagas.values()) {
    const tx = stepsOf(saga.nodes).find((step) => step.tx);
    if (tx && !store.capabilities.transactional) throw missing(`${saga.name}.${tx.name} (tx)`, `${store.name} store`, 'transactional');
    if (saga.settings.starts.length > 0 && !bus) throw missing(`${saga.name}.startOn`, 'SagaOrchestrator', 'bus');
  }
  if (announce && !bus) throw missing('announce', 'SagaOrchestrator', 'bus');
  if (announce) checkAnnounced(sagas);
  if (!sharedDatabase) return;
  if (!store.capabilities.transactional) throw missing('sharedDatabase', `${store.name} store`, 'transactional');
  if (!bus?.outbox) throw missing('sharedDatabase', 'bus', 'outbox');
}

/** A bus refuses what its catalogue does not know, and would do so for ever. */
function checkAnnounced(sagas: ReadonlyMap<string, AnySaga>): void {
  for (const { name, events } of sagas.values()) {
    const unknown = Object.keys(sagaEvents).find((type) => !(type in events));
    const problem = `needs '${unknown}' in the event catalogue of '${name}': put sagaEvents into it`;
    if (unknown !== undefined) throw coreError('INVALID_OPTIONS', { path: 'sagas.announce', problem });
  }
}
