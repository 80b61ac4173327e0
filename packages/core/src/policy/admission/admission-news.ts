import { coreError } from '../../errors/core-errors.ts';
import type { TuttiError } from '../../errors/tutti-error.ts';
import type { MetricLabels, MetricSink } from '../../runtime/telemetry.ts';
import { admissionClasses } from './admission-class.ts';

/**
 * Why a call was not let in: the line was `full`; somebody of a shorter queue took its place (`displaced`); it would not be, or was not, done by its
 * `deadline`; its caller lost interest while it waited (`cancelled`).
 */
export type RefusalReason = 'full' | 'displaced' | 'deadline' | 'cancelled';

/** Calls that were not let in; labels `operation`, `class`, `reason`. */
const refusedMetric = 'tutti_admission_refused_total';
/** How long those that were let in had waited, in seconds; labels `operation`, `class`. Who did not wait is not in it. */
const waitMetric = 'tutti_admission_wait_seconds';
/** Calls that may be inside now, told when it changes; label `operation`. */
const limitMetric = 'tutti_admission_limit';

/** What an admission tells: errors to callers and numbers to metrics. Labels are made once. */
export class AdmissionNews {
  readonly #operation: string;
  readonly #limitLabels: MetricLabels;
  readonly #waitLabels: readonly MetricLabels[];
  readonly #refusedLabels: readonly Readonly<Record<RefusalReason, MetricLabels>>[];

  constructor(operation: string) {
    this.#operation = operation;
    this.#limitLabels = Object.freeze({ operation });
    this.#waitLabels = admissionClasses.map((name) => Object.freeze({ operation, class: name }));
    this.#refusedLabels = admissionClasses.map((name) => {
      const because = (reason: RefusalReason): MetricLabels => Object.freeze({ operation, class: name, reason });
      return { full: because('full'), displaced: because('displaced'), deadline: because('deadline'), cancelled: because('cancelled') };
    });
  }

  /** @param retryAfterMs When the line that is there now will be served. */
  overloaded(limit: number, reason: 'full' | 'displaced' | 'deadline', retryAfterMs: number): TuttiError {
    return coreError('OVERLOADED', { operation: this.#operation, limit, reason, retryAfterMs: Math.max(1, Math.ceil(retryAfterMs)) });
  }

  tooLate(): TuttiError {
    return coreError('DEADLINE_EXCEEDED', { operation: this.#operation, begun: false });
  }

  unknownClass(): TuttiError {
    return coreError('INVALID_ARGUMENT', { path: `${this.#operation}.class`, problem: `must be ${admissionClasses.join(', ')}` });
  }

  refused(metrics: MetricSink | undefined, rank: number, reason: RefusalReason): void {
    metrics?.count(refusedMetric, 1, this.#refusedLabels[rank]?.[reason]);
  }

  waited(metrics: MetricSink | undefined, rank: number, ms: number): void {
    metrics?.observe(waitMetric, ms / 1_000, this.#waitLabels[rank]);
  }

  limit(metrics: MetricSink | undefined, places: number): void {
    metrics?.gauge(limitMetric, places, this.#limitLabels);
  }
}
