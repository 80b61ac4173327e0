export { type SagaStoreSubject, sagaStoreLaws } from './store-laws.ts';
