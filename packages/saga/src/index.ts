export { memoryStore } from './adapters/memory.ts';
export { type Branches, defineSaga, type SagaBuilder, type SagaDefinition, type SagaDescription } from './definition/define-saga.ts';
export type { StepContext, StepOptions, StepRetry, UndoContext } from './definition/step.ts';
export type { AnySaga } from './engine/run-subject.ts';
export { maxResultBytes } from './engine/write-result.ts';
export { type SagaErrors, sagaErrors, terminal } from './errors.ts';
export { type SagaId, SagaOrchestrator, type SagaOrchestratorOptions, type SagaView, sagaOrchestratorDefaults } from './orchestrator.ts';
export type { Failure, HistoryEntry, NewSaga, SagaRecord, SagaStatus, StepRecord, StepStatus } from './store/saga-record.ts';
export type { Checkpoint, ClaimRequest, SagaStore, SagaStoreCapabilities } from './store/saga-store.ts';
