import type { Call } from '../call/call.ts';
import type { AnyLayer } from '../handler/handler.ts';
import { checkOptions } from '../options/check-options.ts';
import { callable, oneOf, text } from '../options/rules.ts';
import type { SpanKind, SpanValue } from '../runtime/telemetry.ts';

export interface TracedOptions {
  /** The name of the span: what is done, without what it is done to. */
  readonly operation: string;
  /** @defaultValue 'internal' */
  readonly kind?: SpanKind;
  /** Asked only when somebody listens. */
  readonly attributes?: (call: Call) => Readonly<Record<string, SpanValue>>;
}

export const tracedDefaults = { kind: 'internal' } as const;

/** Surrounds the work with a span, which it passes on as `traceparent`. Costs one look when the runtime has no tracer. */
export function traced(options: TracedOptions): AnyLayer {
  const { operation, kind, attributes } = checkOptions(
    'traced',
    options,
    {
      required: { operation: text },
      optional: { kind: oneOf('internal', 'server', 'client', 'producer', 'consumer'), attributes: callable },
    },
    tracedDefaults,
  );
  return (next) => (input, call) => {
    const { tracer } = call.runtime.telemetry;
    if (!tracer) return next(input, call);
    const { traceparent, tracestate, tenant } = call;
    const span = tracer.start(operation, { kind, traceparent, tracestate, ...(attributes && { attributes: attributes(call) }) });
    if (call.attempt > 1) span.set('tutti.attempt', call.attempt);
    if (tenant !== undefined) span.set('tutti.tenant', tenant);
    const inner = call.child({ traceparent: span.traceparent });
    return span.run(async () => {
      try {
        const result = await next(input, inner);
        span.end();
        return result;
      } catch (error) {
        span.end(error);
        throw error;
      } finally {
        inner.release();
      }
    });
  };
}
