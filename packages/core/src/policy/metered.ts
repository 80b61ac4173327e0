import { failureClass } from '../errors/failure.ts';
import type { AnyLayer } from '../handler/handler.ts';
import { checkOptions } from '../options/check-options.ts';
import { text } from '../options/rules.ts';
import type { MetricLabels } from '../runtime/telemetry.ts';

export interface MeteredOptions {
  /** The label of every measurement: what is done, without what it is done to. */
  readonly operation: string;
}

/** The distribution of how long work took, in seconds; labels `operation` and `outcome` (`ok`, or the class of the failure). */
export const durationMetric = 'tutti_operation_duration_seconds';

/** Measures how long the work takes and how it ends. Costs one look when the runtime has no metrics. */
export function metered(options: MeteredOptions): AnyLayer {
  const { operation } = checkOptions('metered', options, { required: { operation: text } });
  const ok: MetricLabels = Object.freeze({ operation, outcome: 'ok' });
  return (next) => async (input, call) => {
    const { clock, telemetry } = call.runtime;
    const { metrics } = telemetry;
    if (!metrics) return next(input, call);
    const startedAt = clock.now();
    const record = (labels: MetricLabels): void => metrics.observe(durationMetric, (clock.now() - startedAt) / 1_000, labels);
    try {
      const result = await next(input, call);
      record(ok);
      return result;
    } catch (error) {
      record({ operation, outcome: failureClass(error) });
      throw error;
    }
  };
}
