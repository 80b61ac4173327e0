import type { Runtime } from '../runtime/runtime.ts';
import { Call, type RootFields } from './call.ts';

/** A call as message attributes, named as CloudEvents 1.0 wants extension attributes: lower-case letters and digits. */
export interface CallAttributes {
  readonly traceparent?: string;
  readonly tracestate?: string;
  readonly baggage?: string;
  readonly correlationid?: string;
  readonly tenantid?: string;
  readonly principal?: string;
  readonly idempotencykey?: string;
  /** RFC 3339: a message may lie for a while, so a relative deadline would mean nothing. */
  readonly deadline?: string;
}

/**
 * By how much the clocks of two hosts may differ before a deadline on a message is kept wrongly. Within it work is rather
 * done late than dropped early.
 */
const clockSkewMs = 1_000;

/** The attributes that carry a call on a message. The attempt is left out: deliveries count their own. */
export function writeCallAttributes(call: Call): CallAttributes {
  const { clock } = call.runtime;
  return {
    traceparent: call.traceparent,
    ...(call.tracestate !== undefined && { tracestate: call.tracestate }),
    ...(call.baggage !== undefined && { baggage: call.baggage }),
    correlationid: call.correlationId,
    ...(call.tenant !== undefined && { tenantid: call.tenant }),
    ...(call.principal !== undefined && { principal: call.principal }),
    ...(call.idempotencyKey !== undefined && { idempotencykey: call.idempotencyKey }),
    ...(call.deadline !== Number.POSITIVE_INFINITY && { deadline: new Date(clock.epoch() + call.remainingMs).toISOString() }),
  };
}

/**
 * Begins a call from message attributes; anything of the wrong type is treated as absent. The clocks of sender and receiver
 * may differ: a deadline is kept a second longer than it says, but never longer than the sender gave it, where the
 * message says when it was sent (`time`, as CloudEvents has it).
 */
export function readCallAttributes(attributes: CallAttributes | Readonly<Record<string, unknown>>, runtime: Runtime): Call {
  const { traceparent, tracestate, baggage, correlationid, tenantid, principal, idempotencykey, deadline, time } = attributes as Readonly<
    Record<string, unknown>
  >;
  const remainingMs = remaining(deadline, time, runtime);
  const fields: RootFields = {
    runtime,
    ...(typeof traceparent === 'string' && { traceparent }),
    ...(typeof tracestate === 'string' && { tracestate }),
    ...(typeof baggage === 'string' && { baggage }),
    ...(typeof correlationid === 'string' && { correlationId: correlationid }),
    ...(typeof tenantid === 'string' && { tenant: tenantid }),
    ...(typeof principal === 'string' && { principal }),
    ...(typeof idempotencykey === 'string' && { idempotencyKey: idempotencykey }),
    ...(remainingMs !== undefined && { deadline: runtime.clock.now() + remainingMs }),
  };
  return Call.root(fields);
}

function remaining(deadline: unknown, time: unknown, { clock }: Runtime): number | undefined {
  const at = instant(deadline);
  if (at === undefined) return undefined;
  const sentAt = instant(time);
  const here = at - clock.epoch() + clockSkewMs;
  return sentAt === undefined ? here : Math.min(here, at - sentAt);
}

function instant(value: unknown): number | undefined {
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}
