import type { Runtime } from '../runtime/runtime.ts';
import { Call, type RootFields } from './call.ts';

/** A call as message attributes, named as CloudEvents 1.0 wants extension attributes: lower-case letters and digits. */
export interface CallAttributes {
  readonly traceparent?: string;
  readonly correlationid?: string;
  readonly tenantid?: string;
  readonly principal?: string;
  readonly idempotencykey?: string;
  /** Milliseconds since the epoch: a message may lie for a while, so a relative deadline would mean nothing. */
  readonly deadline?: number;
}

/** The attributes that carry a call on a message. The attempt is left out: deliveries count their own. */
export function writeCallAttributes(call: Call): CallAttributes {
  const { clock } = call.runtime;
  return {
    traceparent: call.traceparent,
    correlationid: call.correlationId,
    ...(call.tenant !== undefined && { tenantid: call.tenant }),
    ...(call.principal !== undefined && { principal: call.principal }),
    ...(call.idempotencyKey !== undefined && { idempotencykey: call.idempotencyKey }),
    ...(call.deadline !== Number.POSITIVE_INFINITY && { deadline: Math.floor(clock.epoch() + call.remainingMs) }),
  };
}

/** Begins a call from message attributes; anything of the wrong type is treated as absent. */
export function readCallAttributes(attributes: CallAttributes | Readonly<Record<string, unknown>>, runtime: Runtime): Call {
  const { traceparent, correlationid, tenantid, principal, idempotencykey, deadline } = attributes;
  const fields: RootFields = {
    runtime,
    ...(typeof traceparent === 'string' && { traceparent }),
    ...(typeof correlationid === 'string' && { correlationId: correlationid }),
    ...(typeof tenantid === 'string' && { tenant: tenantid }),
    ...(typeof principal === 'string' && { principal }),
    ...(typeof idempotencykey === 'string' && { idempotencyKey: idempotencykey }),
    ...(typeof deadline === 'number' && { deadline: runtime.clock.now() + (deadline - runtime.clock.epoch()) }),
  };
  return Call.root(fields);
}
