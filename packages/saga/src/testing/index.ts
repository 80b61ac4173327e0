export { crashingStore, namedWrites } from './crashing-store.ts';
export { sagaStoreLaws } from './saga-store-laws.ts';
export type { SagaStoreLaw, SagaStoreSubject, SagaStoreTable } from './saga-store-subject.ts';
