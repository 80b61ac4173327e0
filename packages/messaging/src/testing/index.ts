export { eventTransportLaws } from './event-transport-laws.ts';
export { type EventTransportSubject, testEvent } from './event-transport-subject.ts';
export { patternCases } from './pattern-cases.ts';
