import type { Layer, Span } from '@tutti/core';
import type { Exchange } from '../http/exchange.ts';
import { problemOf } from '../problem.ts';
import type { CheckedRouteRule } from '../routing/route-rule.ts';

/**
 * Surrounds the way of a request by its route with a span, which services see as their parent (OpenTelemetry, semantic conventions for HTTP
 * servers). Nothing in it is what a client wrote but the method. Costs one look when the runtime has no tracer.
 */
export function serverSpan({ path }: CheckedRouteRule): Layer<Exchange, void> {
  return (next) => (exchange, call) => {
    const { tracer } = call.runtime.telemetry;
    if (!tracer) return next(exchange, call);
    const { method, scheme = 'http' } = exchange.request;
    const { traceparent, tracestate } = call;
    const attributes = { 'http.request.method': method, 'http.route': path, 'url.scheme': scheme };
    const span = tracer.start(`${method} ${path}`, { kind: 'server', traceparent, tracestate, attributes });
    const inner = call.child({ traceparent: span.traceparent });
    return span.run(async () => {
      const { response } = exchange;
      try {
        await next(exchange, inner);
        over(span, response.status);
      } catch (error) {
        over(span, response.begun ? response.status : problemOf(error, '').status, error);
        throw error;
      } finally {
        inner.release();
      }
    });
  };
}

/** That a request was refused is no failure of the server, unless the server is why (semantic conventions, status of a server span). */
function over(span: Span, status: number, error?: unknown): void {
  const isFailure = status >= 500 || (error !== undefined && status < 400);
  if (status > 0) span.set('http.response.status_code', status);
  span.end(isFailure ? (error ?? new Error(`the answer was ${status}`)) : undefined);
}
