import { type AuditSink, type Call, TuttiError } from '@tutti/core';
import { clientPrefix } from './client-prefix.ts';
import type { Visit } from './visit.ts';

/** Records that may be on their way at a time. Whoever floods the gateway with bad tokens must not fill its memory with the news of it. */
export const maxPendingAudits = 1_000;

export const auditDroppedMetric = 'tutti_gateway_audit_dropped_total';

/** Records who was refused: as nobody that is known (401), and as somebody who may not (403). */
export class AuditTrail {
  readonly #sink: AuditSink;
  #pending = 0;

  constructor(sink: AuditSink) {
    this.#sink = sink;
  }

  /** The refusal does not wait for its record: a slow sink must not hold it up. What is lost is counted and logged. */
  refused(visit: Visit, status: number, call: Call): void {
    if (status !== 401 && status !== 403) return;
    if (this.#pending >= maxPendingAudits) {
      this.#lost(call, 'too many records are on their way');
      return;
    }
    this.#pending++;
    void this.#record(visit, status, call);
  }

  async #record({ request, exchange, rule, error, requestId }: Visit, status: number, call: Call): Promise<void> {
    const known = TuttiError.is(error) ? error : undefined;
    try {
      await this.#sink.record({
        actor: exchange.identity?.principal ?? 'anonymous',
        action: status === 401 ? 'gateway.authenticate' : 'gateway.authorize',
        target: rule ? rule.id : request.method,
        outcome: 'failed',
        reason: known?.code ?? 'INTERNAL',
        details: {
          requestId,
          traceId: call.traceparent.split('-')[1] ?? '',
          method: request.method,
          client: clientPrefix(request.clientAddress),
          ...(exchange.identity?.tenant !== undefined && { tenant: exchange.identity.tenant }),
        },
      });
    } catch (cause) {
      this.#lost(call, cause instanceof Error ? cause.message : String(cause));
    }
    this.#pending--;
  }

  #lost({ runtime }: Call, problem: string): void {
    runtime.telemetry.metrics?.count(auditDroppedMetric, 1);
    runtime.logger.log('error', 'a refusal was not recorded in the audit log', { problem });
  }
}
