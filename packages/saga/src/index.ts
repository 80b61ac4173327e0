export { memoryStore } from './adapters/memory.ts';
export { type Branches, defineSaga, type SagaBuilder, type SagaDefinition, type SagaDescription } from './definition/define-saga.ts';
export type { HistoryEntry } from './orchestrator/saga-view.ts';
export { jsonCodec, type PayloadCodec } from './engine/payload-codec.ts';
export { type SagaErrors, sagaErrors, terminal } from './errors.ts';
export type { By } from './orchestrator/inspect-sagas.ts';
export { type SagaBus, type SagaOrchestratorOptions, sagaOrchestratorDefaults } from './orchestrator/orchestrator-options.ts';
export { type SagaEvents, sagaEvents } from './orchestrator/saga-events.ts';
export { type SagaId, SagaOrchestrator, type StartOptions } from './orchestrator/saga-orchestrator.ts';
export type { LegalVerb, SagaView, StepView } from './orchestrator/saga-view.ts';
export type { Failure, JournalEntry } from './store/journal-entry.ts';
export type { SagaCount, SagaDesk, SagaQuery, SagaStats } from './store/saga-desk.ts';
export type { SagaOutbox, StoredEvent } from './store/saga-outbox.ts';
export { isOver, isParked, type NewSaga, type SagaRecord, type SagaRequest, type SagaStatus, type SagaSummary } from './store/saga-record.ts';
export type {
  Checkpoint,
  Claimed,
  ClaimedSaga,
  ClaimRequest,
  Created,
  CreateOptions,
  Holding,
  SagaStore,
  SagaStoreCapabilities,
} from './store/saga-store.ts';
