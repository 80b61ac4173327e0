export { crashingStore, namedWrites } from './crashing-store.ts';
export { sagaStoreLaws } from './saga-store-laws.ts';
export type { SagaStoreLaw, SagaStoreSubject, SagaStoreTable } from './saga-store-subject.ts';
export { given, SagaTest, type SagaTestOptions, sagaTest } from './saga-test.ts';
export type { AroundRun, ExpectedFailure, SagaTestRun, StepOf } from './saga-test-run.ts';
export { type CheckStoreOptions, checkStoreAgainstModel } from './store-model/check-store.ts';
export type { ModelCommand, Span } from './store-model/model-command.ts';
