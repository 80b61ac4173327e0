import { Call, type Runtime, type Tracer } from '@tutti/core';
import type { BusDraft } from './event-bus-options.ts';

/** Publishes inside a producer's span, which the event passes on. OpenTelemetry semantic conventions for messaging. */
export async function publishSpan<T>(
  tracer: Tracer,
  draft: BusDraft,
  call: Call | undefined,
  runtime: Runtime,
  publish: (call: Call) => Promise<T>,
): Promise<T> {
  const caller = call ?? Call.root({ runtime });
  const attributes = { 'messaging.system': 'tutti', 'messaging.destination.name': String(draft?.type) };
  const span = tracer.start(`send ${attributes['messaging.destination.name']}`, {
    kind: 'producer',
    traceparent: caller.traceparent,
    tracestate: caller.tracestate,
    attributes,
  });
  const traced = caller.child({ traceparent: span.traceparent });
  try {
    const published = await span.run(() => publish(traced));
    span.end();
    return published;
  } catch (error) {
    span.end(error);
    throw error;
  } finally {
    traced.release();
  }
}
