export type { SagaReport } from './check-sagas.ts';
export type { Bookings, MakeMember, MemberParts } from './member-module.ts';
export { type Sabotage, type SagaPlan, type StoreControl, sagaPlanDefaults } from './plan.ts';
export { assertSagasEndRight, sagasEndRight } from './sagas-end-right.ts';
