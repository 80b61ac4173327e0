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
export type { InputOf, NamedSaga, OutputOf } from './definition/saga-types.ts';
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
export { jsonCodec, type PayloadCodec } from './engine/payload-codec.ts';
export { type SagaErrors, sagaErrors, terminal } from './errors.ts';
export type { SagaListQuery, StartOptions } from './orchestrator/check-calls.ts';
export type { By } from './orchestrator/inspect-sagas.ts';
export { type SagaBus, type SagaOrchestratorOptions, sagaOrchestratorDefaults } from './orchestrator/orchestrator-options.ts';
export { type SagaEvents, sagaEvents } from './orchestrator/saga-events.ts';
export { SagaOrchestrator } from './orchestrator/saga-orchestrator.ts';
export type { HistoryEntry, LegalVerb, SagaView, StepView } from './orchestrator/saga-view.ts';
export type { TenantSagas } from './orchestrator/tenant-sagas.ts';
export type { Failure, JournalEntry } from './store/journal-entry.ts';
export type { SagaCount, SagaDesk, SagaQuery, SagaStats } from './store/saga-desk.ts';
export type { SagaId } from './store/saga-id.ts';
export type { SagaOutbox, StoredEvent } from './store/saga-outbox.ts';
export {
  isOver,
  isParked,
  type NewSaga,
  type SagaRecord,
  type SagaRequest,
  type SagaStatus,
  type SagaSummary,
} from './store/saga-record.ts';
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
