import { type AuditSink, type Call, type LogLevel, type Runtime, Stamps, TuttiError } from '@tutti/core';
import type { IncomingRequest } from '../http/exchange.ts';
import type { ResponseSink } from '../http/response-sink.ts';
import { AccessLog, type AccessLogOptions } from './access-log.ts';
import { AuditTrail } from './audit-trail.ts';
import { describedError } from './described-error.ts';
import { GatewayMetrics } from './gateway-metrics.ts';
import { ObservedResponse } from './observed-response.ts';
import { Redaction, type RedactionOptions } from './redaction.ts';
import { givenRequestId, type RequestIdsFrom, requestIdHeader } from './request-id.ts';
import { Visit } from './visit.ts';

export interface OperationOptions {
  /** A record of every request. */
  readonly accessLog?: AccessLogOptions;
  /** What holds secrets, beside what always does: it is struck out wherever the gateway writes something down. */
  readonly redact?: RedactionOptions;
  /** Gets a record of every request that is refused because of who asks. */
  readonly audit?: AuditSink;
  /** Whose `x-request-id` is taken over where it is well formed. Every other request gets a new one. @defaultValue 'proxies', those that are trusted */
  readonly requestIds?: RequestIdsFrom;
}

/** Refusals by the thousand are no news one by one, and to write each of them down would cost what they are to save. The access log has them. */
const turnedAway: ReadonlySet<string> = new Set(['GATEWAY_OVERLOADED', 'OVERLOADED']);

/** What those who run the gateway get to see of requests: an id, a record, measurements, refusals, and errors without secrets. */
export class Operation {
  readonly #runtime: Runtime;
  readonly #requestIds: RequestIdsFrom;
  readonly #redaction: Redaction;
  readonly #log: AccessLog;
  readonly #audit: AuditTrail | undefined;
  readonly #metrics = new GatewayMetrics();
  readonly #stamps: Stamps;

  /** @throws INVALID_OPTIONS naming the path. */
  constructor({ accessLog, redact, audit, requestIds = 'proxies' }: OperationOptions, runtime: Runtime) {
    this.#runtime = runtime;
    this.#stamps = new Stamps(runtime);
    this.#requestIds = requestIds;
    this.#redaction = new Redaction(redact);
    this.#log = new AccessLog(accessLog, this.#redaction);
    this.#audit = audit && new AuditTrail(audit);
  }

  /** `ended` must follow. */
  begin(request: IncomingRequest, response: ResponseSink): Visit {
    const { clock, telemetry } = this.#runtime;
    this.#stamps.next();
    const { id, traceparent } = this.#stamps;
    const requestId = givenRequestId(request, this.#requestIds) ?? id;
    response.added.push(requestIdHeader, requestId);
    this.#metrics.entered(telemetry.metrics);
    return new Visit({ requestId, traceparent, request, response: new ObservedResponse(response, clock), beganAt: clock.now() });
  }

  /** Says that the request gets a problem for an answer. */
  refused(visit: Visit, call: Call, { error, status }: { readonly error: unknown; readonly status: number }): void {
    visit.error = error;
    if (status >= 500 && !turnedAway.has(TuttiError.is(error) ? error.code : ''))
      this.#tell(status === 500 ? 'error' : 'warn', visit, call);
    this.#audit?.refused(visit, status, call);
  }

  /** Says that the answer ends before it is whole. */
  brokenOff(visit: Visit, call: Call, error: unknown): void {
    visit.error = error;
    visit.isBrokenOff = true;
    if (visit.outcome !== 'client left') this.#tell('warn', visit, call);
  }

  ended(visit: Visit, call: Call): void {
    const { clock, telemetry } = this.#runtime;
    this.#metrics.left(telemetry.metrics, visit, clock.now() - visit.beganAt);
    this.#log.write(visit, call);
  }

  #tell(level: LogLevel, { error, request, requestId }: Visit, call: Call): void {
    const { logger } = this.#runtime;
    if (!logger.enabled(level)) return;
    logger.log(level, 'a request was not answered as it should be', {
      code: TuttiError.is(error) ? error.code : 'INTERNAL',
      traceparent: call.traceparent,
      requestId,
      error: describedError(error, this.#redaction.scrubber(request)),
    });
  }
}
