export { memoryStore } from './adapters/memory.ts';
export type { Branches, Phase, SagaFrame, Way } from './definition/branches.ts';
export { defineSaga } from './definition/define-saga.ts';
export type { NodeDescription, SagaDescription, StepDescription } from './definition/describe.ts';
export { mermaid } from './definition/mermaid.ts';
export type { StepRetry, StepRole, TxWriter } from './definition/node.ts';
export type { EmptySaga, ForwardBuilder, SagaBuilder } from './definition/saga-builder.ts';
export type { AnySaga, SagaDefinition } from './definition/saga-definition.ts';
export { type SagaOptions, sagaDefaults } from './definition/saga-options.ts';
export type { SagaLock, SagaSettings, SagaStart } from './definition/saga-settings.ts';
export type { StepContext, UndoContext } from './definition/step.ts';
export { type Patience, retriableDefaults, stepDefaults, undoDefaults } from './definition/step-defaults.ts';
export type {
  AttemptOptions,
  PivotOptions,
  PureOptions,
  RetriableOptions,
  RetriableTxOptions,
  StepOptions,
  TxOptions,
  UndoableOptions,
  UndoOptions,
} from './definition/step-options.ts';
export { maxResultBytes } from './engine/write-result.ts';
export { type SagaErrors, sagaErrors, terminal } from './errors.ts';
export { type SagaId, SagaOrchestrator, type SagaOrchestratorOptions, type SagaView, sagaOrchestratorDefaults } from './orchestrator.ts';
export type { Failure, HistoryEntry, NewSaga, SagaRecord, SagaStatus, StepRecord, StepStatus } from './store/saga-record.ts';
export type { Checkpoint, ClaimRequest, SagaStore, SagaStoreCapabilities } from './store/saga-store.ts';
