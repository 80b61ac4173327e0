export { checkDelivery, type DeliveryReport } from './check-delivery.ts';
export type { DeliveryHistory, LedgerRow } from './history.ts';
export type { MakeMember, MemberParts } from './member-module.ts';
export { assertNothingLost, nothingLost } from './nothing-lost.ts';
export { type BrokerControl, type DeliveryPlan, deliveryPlanDefaults, type Sabotage } from './plan.ts';
