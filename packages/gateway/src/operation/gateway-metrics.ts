import type { MetricSink } from '@tutti/core';
import type { Visit } from './visit.ts';

export const requestsMetric = 'tutti_gateway_requests_total';
export const durationMetric = 'tutti_gateway_request_duration_seconds';
export const inFlightMetric = 'tutti_gateway_requests_in_flight';

/**
 * Measures requests by route, class of status and version of who answered. None of the labels holds what a client wrote: there are as many
 * series as routes, classes and versions of services.
 */
export class GatewayMetrics {
  #inFlight = 0;

  entered(metrics: MetricSink | undefined): void {
    this.#inFlight++;
    metrics?.gauge(inFlightMetric, this.#inFlight);
  }

  left(metrics: MetricSink | undefined, { rule, status, exchange }: Visit, durationMs: number): void {
    this.#inFlight--;
    if (!metrics) return;
    metrics.gauge(inFlightMetric, this.#inFlight);
    const labels = {
      route: rule ? rule.id : 'none',
      status: status === 0 ? 'none' : `${Math.floor(status / 100)}xx`,
      version: exchange.endpoint?.version ?? 'none',
    };
    metrics.count(requestsMetric, 1, labels);
    metrics.observe(durationMetric, durationMs / 1_000, labels);
  }
}
