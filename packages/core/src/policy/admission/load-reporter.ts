import { checkOptions } from '../../options/check-options.ts';
import { type Duration, durationMs } from '../../options/duration.ts';
import { duration, objectWith } from '../../options/rules.ts';
import type { EventLoopMonitor } from '../../runtime/event-loop.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { AdmissionGate } from './admission-gate.ts';
import { type LoadReport, loadHeader, loadText } from './load-header.ts';

export interface LoadReporterOptions {
  readonly runtime: Runtime;
  /** One of its own, `eventLoopMonitor()`: a look begins a new measurement. Whoever made it stops it. */
  readonly monitor: Pick<EventLoopMonitor, 'sample'>;
  /** Whose longest waiting call is told. @defaultValue none: the age is 0 */
  readonly gate?: Pick<AdmissionGate, 'queueAgeMs'>;
  /** How old a report may be. @defaultValue '100ms' */
  readonly every?: Duration;
}

export const loadReporterDefaults = { every: '100ms' } as const;

/** Tells callers in each response how much this process has to do, so that they can avoid it before it becomes slow. */
export interface LoadReporter {
  report(): LoadReport;
  /** Adds the header `tutti-load` to the headers of a response. */
  write(headers: Record<string, string>): void;
}

/**
 * Measures when it is asked and the last report is older than `every`; all others get the same text, so that a response
 * costs a look at the clock. Has no timer.
 *
 * @throws INVALID_OPTIONS naming the path.
 */
export function loadReporter(options: LoadReporterOptions): LoadReporter {
  const { runtime, monitor, gate, every } = checkOptions(
    'loadReporter',
    options,
    {
      required: { runtime: objectWith('a Runtime', 'clock'), monitor: objectWith('an EventLoopMonitor', 'sample') },
      optional: { gate: objectWith('an AdmissionGate', 'queueAgeMs'), every: duration },
    },
    loadReporterDefaults,
  );
  const everyMs = durationMs(every, 'loadReporter.every');
  const { clock } = runtime;
  let report: LoadReport = { utilization: 0, queueAgeMs: 0 };
  let headerText = loadText(report);
  let measuredAt = Number.NEGATIVE_INFINITY;
  const refresh = (): void => {
    const now = clock.now();
    if (now - measuredAt < everyMs) return;
    measuredAt = now;
    report = { utilization: monitor.sample().utilization, queueAgeMs: gate?.queueAgeMs(now) ?? 0 };
    headerText = loadText(report);
  };
  return {
    report() {
      refresh();
      return report;
    },
    write(headers) {
      refresh();
      headers[loadHeader] = headerText;
    },
  };
}
