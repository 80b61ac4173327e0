import { Call, type CloudEvent, coreError, type EventDefinition, newId, type Runtime, readCallAttributes } from '@tutti/core';
import { messagingError } from '../errors.ts';
import type { Delivery } from '../transport/event-transport.ts';
import type { BusDraft } from './event-bus-options.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Where an event comes from. */
export interface Origin {
  /** What was being done when it was published. */
  readonly call: Call | undefined;
  readonly runtime: Runtime;
}

/**
 * Makes the CloudEvent of a draft. Trace, tenant, principal and correlation are the call's; an event that nothing went
 * before begins a trace, and its own id is the correlation id. The caller's deadline is left out: it bounds the
 * publishing, not what others make of the event.
 */
export function makeEnvelope<D>(definition: EventDefinition<D>, draft: BusDraft<string, D>, { call, runtime }: Origin): CloudEvent {
  const { data } = draft;
  const id = draft.id ?? newId(runtime);
  const event: Mutable<CloudEvent> = {
    specversion: '1.0',
    id,
    source: draft.source,
    type: draft.type,
    time: new Date(runtime.clock.epoch()).toISOString(),
    datacontenttype: 'application/json',
    data,
    dataversion: definition.version,
    traceparent: (call ?? Call.root({ runtime })).traceparent,
    correlationid: call?.correlationId ?? id,
  };
  if (definition.key) event.subject = subjectOf(draft.type, definition.key(data));
  if (draft.causationId !== undefined) event.causationid = draft.causationId;
  if (call?.tenant !== undefined) event.tenantid = call.tenant;
  if (call?.principal !== undefined) event.principal = call.principal;
  if (call?.idempotencyKey !== undefined) event.idempotencykey = call.idempotencyKey;
  return event;
}

/** CloudEvents 1.0, section 3.1: a subject, if present, is a non-empty string. */
function subjectOf(type: string, key: unknown): string {
  if (typeof key === 'string' && key !== '') return key;
  throw coreError('INVALID_DATA', { path: type, problem: 'gives no key: the key function of the event must return a non-empty string' });
}

/**
 * Reads what a transport gave back.
 * @throws MESSAGING_BAD_ENVELOPE when it is no CloudEvent 1.0. The data is not looked at.
 */
export function readEnvelope(value: unknown): CloudEvent {
  if (typeof value !== 'object' || value === null) throw badEnvelope('it is not a JSON object');
  const event = value as Readonly<Record<string, unknown>>;
  if (event['specversion'] !== '1.0') throw badEnvelope('specversion is not 1.0');
  for (const name of ['id', 'source', 'type']) {
    if (typeof event[name] !== 'string' || event[name] === '') throw badEnvelope(`${name} is not a non-empty string`);
  }
  return value as CloudEvent;
}

const badEnvelope = (problem: string): Error => messagingError('MESSAGING_BAD_ENVELOPE', { problem });

/** Who hears an event. */
export interface Listener {
  readonly group: string;
  readonly pattern: string;
  readonly runtime: Runtime;
}

/**
 * The call a handler gets: the event's trace, correlation, tenant and principal. Its idempotency key is the same for
 * every attempt at this event by this subscription and for nothing else, so a handler may pass it on to services that
 * recognise repeats. (The key the publisher had stays in the envelope: two handlers using it would shadow each other.)
 * What is no CloudEvent gets a call too: members that are no call attributes are treated as absent.
 */
export function callOf({ attempt, event: stored }: Delivery, { group, pattern, runtime }: Listener): Call {
  const { id, source, traceparent, correlationid, tenantid, principal } = (
    typeof stored === 'object' && stored !== null ? stored : {}
  ) as Partial<CloudEvent>;
  const cause = readCallAttributes({ traceparent, correlationid, tenantid, principal }, runtime);
  return cause.child({ attempt, idempotencyKey: `${group}/${pattern}/${source}/${id}` });
}
