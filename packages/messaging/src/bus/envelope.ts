import {
  Call,
  type CloudEvent,
  coreError,
  type EventDefinition,
  type RootFields,
  type Runtime,
  readCallAttributes,
  type Stamps,
} from '@tutti/core';
import { messagingError } from '../errors.ts';
import type { BusDraft } from './event-bus-options.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Makes the CloudEvent of a draft. Trace, baggage, tenant, principal and correlation are the call's; an event that nothing went
 * before begins a trace, and its own id is the correlation id. The caller's deadline is left out: it bounds the
 * publishing, not what others make of the event.
 */
export function makeEnvelope<D>(
  definition: EventDefinition<D>,
  draft: BusDraft<string, unknown>,
  data: D,
  call: Call | undefined,
  stamps: Stamps,
): CloudEvent {
  const id = draft.id ?? stamps.id;
  const event: Mutable<CloudEvent> = {
    specversion: '1.0',
    id,
    source: draft.source,
    type: draft.type,
    time: stamps.time,
    datacontenttype: 'application/json',
    data,
    dataversion: definition.version,
    traceparent: call === undefined ? stamps.traceparent : call.traceparent,
    correlationid: call === undefined ? id : call.correlationId,
  };
  if (definition.key) event.subject = subjectOf(draft.type, definition.key(data));
  const priority = draft.priority ?? definition.priority;
  if (priority === 'high' || priority === 'low') event.priority = priority;
  if (draft.causationId !== undefined) event.causationid = draft.causationId;
  if (call !== undefined) addCall(event, call);
  return event;
}

function addCall(event: Mutable<CloudEvent>, { tracestate, baggage, tenant, principal, idempotencyKey }: Call): void {
  if (tracestate !== undefined) event.tracestate = tracestate;
  if (baggage !== undefined) event.baggage = baggage;
  if (tenant !== undefined) event.tenantid = tenant;
  if (principal !== undefined) event.principal = principal;
  if (idempotencyKey !== undefined) event.idempotencykey = idempotencyKey;
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

/** `source` and `id`, as inboxes know an event; undefined for what is no event. */
export function identityOf(stored: unknown): string | undefined {
  const { source, id } = (typeof stored === 'object' && stored !== null ? stored : {}) as Partial<CloudEvent>;
  return typeof source === 'string' && typeof id === 'string' ? `${source}\n${id}` : undefined;
}

/**
 * The call a handler gets: the event's trace, baggage, correlation, tenant and principal. Its idempotency key, which begins with `prefix`, is the
 * same for every attempt at this event by this subscription and for nothing else, so a handler may pass it on to services that
 * recognise repeats. (The key the publisher had stays in the envelope: two handlers using it would shadow each other.)
 * What is no CloudEvent gets a call too: members that are no call attributes are treated as absent.
 */
export function callOf(stored: unknown, attempt: number, prefix: string, runtime: Runtime): Call {
  const { id, source, traceparent, tracestate, baggage, correlationid, tenantid, principal } = (
    typeof stored === 'object' && stored !== null ? stored : {}
  ) as Partial<CloudEvent>;
  const cause = readCallAttributes({ traceparent, tracestate, baggage, correlationid, tenantid, principal }, runtime);
  return cause.child({ attempt, idempotencyKey: `${prefix}${source}/${id}` });
}

/** The same for an event that this process made itself. */
export function callOfOwn(event: CloudEvent, attempt: number, prefix: string, runtime: Runtime): Call {
  const { id, source, traceparent, tracestate, baggage, correlationid, tenantid, principal } = event;
  const fields = {
    runtime,
    traceparent,
    tracestate,
    baggage,
    correlationId: correlationid,
    tenant: tenantid,
    principal,
    attempt,
    idempotencyKey: `${prefix}${source}/${id}`,
  };
  return Call.root(fields as RootFields); // what is undefined is absent to a call
}
