import type { Runtime } from '../runtime/runtime.ts';
import { Call, type RootFields } from './call.ts';

/** Names of the request headers that carry a call between processes, in lower case. */
export const callHeaders: Readonly<
  Record<
    | 'traceparent'
    | 'tracestate'
    | 'baggage'
    | 'correlationId'
    | 'idempotencyKey'
    | 'remainingMs'
    | 'attempt'
    | 'tenant'
    | 'principal'
    | 'exhausted',
    string
  >
> = Object.freeze({
  traceparent: 'traceparent',
  tracestate: 'tracestate',
  baggage: 'baggage',
  correlationId: 'x-correlation-id',
  idempotencyKey: 'idempotency-key',
  /** Milliseconds that remain: relative, as in gRPC, so that the clocks of two hosts need not agree. */
  remainingMs: 'tutti-remaining-ms',
  attempt: 'tutti-attempt',
  tenant: 'tutti-tenant',
  principal: 'tutti-principal',
  /** On a response that says of a failure: retries were used up here. */
  exhausted: 'tutti-retries-exhausted',
});

type Incoming = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Adds the call to outgoing request headers. Time already spent is taken off the deadline here, at the last moment. */
export function writeCallHeaders(call: Call, headers: Record<string, string>): void {
  headers[callHeaders.traceparent] = call.traceparent;
  if (call.tracestate !== undefined) headers[callHeaders.tracestate] = call.tracestate;
  if (call.baggage !== undefined) headers[callHeaders.baggage] = call.baggage;
  headers[callHeaders.correlationId] = call.correlationId;
  if (call.deadline !== Number.POSITIVE_INFINITY) headers[callHeaders.remainingMs] = String(Math.floor(call.remainingMs));
  if (call.attempt !== 1) headers[callHeaders.attempt] = String(call.attempt);
  if (call.tenant !== undefined) headers[callHeaders.tenant] = encodeURIComponent(call.tenant);
  if (call.principal !== undefined) headers[callHeaders.principal] = encodeURIComponent(call.principal);
  if (call.idempotencyKey !== undefined) headers[callHeaders.idempotencyKey] = encodeURIComponent(call.idempotencyKey);
}

export interface ReadCallOptions {
  readonly from: 'client' | 'peer';
  readonly runtime: Runtime;
  /** Cancels the call when aborted. */
  readonly signal?: AbortSignal | undefined;
  /** For a request that brings none. @defaultValue a new one */
  readonly correlationId?: string;
  /** The same. @defaultValue a new one */
  readonly traceparent?: string;
}

/**
 * Begins a call from request headers. Malformed values are treated as absent.
 * `from: 'client'` takes only what anybody may claim (trace, correlation, idempotency key, a deadline);
 * `from: 'peer'` also takes identity, baggage and attempt, and is for requests whose sender is trusted.
 */
export function readCallHeaders(headers: Incoming, options: ReadCallOptions): Call {
  const { from, runtime, signal } = options;
  const fields: { -readonly [K in keyof RootFields]: RootFields[K] } = { runtime };
  if (signal) fields.signal = signal;
  const traceparent = single(headers[callHeaders.traceparent]);
  if (traceparent && /^00-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/.test(traceparent)) {
    fields.traceparent = traceparent;
    const tracestate = single(headers[callHeaders.tracestate]);
    if (tracestate && /^[\x20-\x7e]{1,512}$/.test(tracestate)) fields.tracestate = tracestate;
  } else if (options.traceparent !== undefined) fields.traceparent = options.traceparent;
  const correlationId = single(headers[callHeaders.correlationId]);
  if (correlationId && /^[\w.:/-]{1,128}$/.test(correlationId)) fields.correlationId = correlationId;
  else if (options.correlationId !== undefined) fields.correlationId = options.correlationId;
  const idempotencyKey = decoded(single(headers[callHeaders.idempotencyKey]));
  if (idempotencyKey && idempotencyKey.length <= 256) fields.idempotencyKey = idempotencyKey;
  const remainingMs = single(headers[callHeaders.remainingMs]);
  if (remainingMs && /^\d{1,12}$/.test(remainingMs)) fields.deadline = runtime.clock.now() + Number(remainingMs);
  if (from === 'peer') {
    const attempt = single(headers[callHeaders.attempt]);
    if (attempt && /^[1-9]\d{0,5}$/.test(attempt)) fields.attempt = Number(attempt);
    const tenant = decoded(single(headers[callHeaders.tenant]));
    if (tenant) fields.tenant = tenant;
    const principal = decoded(single(headers[callHeaders.principal]));
    if (principal) fields.principal = principal;
    const baggage = single(headers[callHeaders.baggage]);
    if (baggage && /^[\x20-\x7e]{1,8192}$/.test(baggage)) fields.baggage = baggage;
  }
  return Call.root(fields);
}

/** Adds to the headers of a response that says `failure` what callers must know of it: that retries were used up. */
export function writeResultHeaders(call: Call, failure: unknown, headers: Record<string, string>): void {
  if (call.isExhausted(failure)) headers[callHeaders.exhausted] = '1';
}

/** Takes from the headers of a response what it says of `failure`, which is what the caller makes of that response. */
export function readResultHeaders(call: Call, failure: unknown, headers: Incoming): void {
  if (headers[callHeaders.exhausted] === '1') call.noteExhausted(failure);
}

const single = (value: string | readonly string[] | undefined): string | undefined => (typeof value === 'string' ? value : undefined);

function decoded(value: string | undefined): string | undefined {
  if (!value) return undefined;
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined; // not our encoding: as good as absent
  }
}
