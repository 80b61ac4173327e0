export { eventTransportLaws } from './event-transport-laws.ts';
export { type EventTransportSubject, testEvent } from './event-transport-subject.ts';
export { type InboxCapabilities, type InboxSubject, inboxLaws } from './inbox-laws.ts';
export { patternCases } from './pattern-cases.ts';
