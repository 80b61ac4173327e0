import type { Call } from '../call/call.ts';
import type { Handler } from '../handler/handler.ts';
import { checkOptions } from '../options/check-options.ts';
import { type Duration, durationMs } from '../options/duration.ts';
import { duration, objectWith, text } from '../options/rules.ts';
import type { Breaker } from './breaker/breaker.ts';
import { type BreakerGate, type BreakerOptions, breakerGate, breakerHandles } from './breaker/circuit-breaker.ts';
import { type Bulkhead, type BulkheadGate, type BulkheadOptions, bulkheadGate, bulkheadHandles } from './bulkhead/bulkhead.ts';
import { type AttemptGuard, Guarded, type GuardedWork, type Guards } from './guarded.ts';
import { type RetryOptions, retryPlan } from './retry.ts';

export interface ProtectOptions {
  /** Names the work in errors. */
  readonly operation: string;
  /** How long the call may take in all, waiting and further attempts included. */
  readonly timeout?: Duration;
  readonly retry?: RetryOptions;
  readonly breaker?: Omit<BreakerOptions, 'operation'>;
  readonly bulkhead?: Omit<BulkheadOptions, 'operation'>;
  /** How long one attempt may take once it has begun. */
  readonly attemptTimeout?: Duration;
}

/** A layer made of several. All handlers that it surrounds share its breaker, its places and its retry budget. */
export interface Protection {
  <I, O>(next: Handler<I, O>): Handler<I, O>;
  readonly operation: string;
  readonly breaker: Pick<Breaker, 'operation' | 'state' | 'force'> | undefined;
  readonly bulkhead: Pick<Bulkhead, 'operation' | 'active' | 'queued'> | undefined;
}

/**
 * The usual guards in the usual order, compiled into one: does exactly what
 * `[timeout, retry, breaker, bulkhead, timeout of the attempt]` composed would do, with those that are given, at a fraction of the cost:
 * one promise, one derived call and one entry on the deadline wheel for each attempt.
 *
 * @throws INVALID_OPTIONS naming the path.
 *
 * @example
 * ```ts
 * import { Call, compose, protect } from '@tutti/core';
 *
 * const guard = protect({
 *   operation: 'ocr',
 *   timeout: '2s',
 *   retry: { maxAttempts: 3 },
 *   breaker: { openFor: '5s' },
 *   bulkhead: { maxConcurrent: 8, maxQueue: 32 },
 * });
 * const read = compose(async (page: number): Promise<string> => `page ${page}`, [guard]);
 * console.log(await read(7, Call.root()), guard.breaker?.state);
 * ```
 */
export function protect(options: ProtectOptions): Protection {
  const { operation, guards, breaker, bulkhead } = compile(options);
  const layer =
    <I, O>(next: Handler<I, O>): Handler<I, O> =>
    (input: I, call: Call): Promise<O> =>
      new Promise((resolve, reject) => {
        new Guarded(guards, undefined, next, input, call, resolve, reject).begin();
      });
  return Object.assign(layer, {
    operation,
    breaker: breaker && breakerHandles(operation, breaker),
    bulkhead: bulkhead && bulkheadHandles(operation, bulkhead),
  });
}

/**
 * `protect` around work that needs something for each attempt, as a lease of an endpoint: it is taken when the attempt may begin,
 * inside the breaker and the bulkhead, and given back with the outcome.
 * @throws INVALID_OPTIONS naming the path.
 */
export function protectAttempts<I, O, T extends object>(
  options: ProtectOptions,
  attempts: AttemptGuard<I, T>,
  work: (input: I, call: Call, taken: T) => Promise<O>,
): Handler<I, O> {
  const { guards } = compile(options);
  const next = work as GuardedWork<I, O, T | undefined>; // what `enter` gave is there while the work is asked for
  return (input, call) =>
    new Promise((resolve, reject) => {
      new Guarded(guards, attempts, next, input, call, resolve, reject).begin();
    });
}

function compile(options: ProtectOptions): {
  readonly operation: string;
  readonly guards: Guards;
  readonly breaker: BreakerGate | undefined;
  readonly bulkhead: BulkheadGate | undefined;
} {
  const settings = objectWith('an object');
  const { operation, timeout, attemptTimeout, ...given } = checkOptions('protect', options, {
    required: { operation: text },
    optional: { timeout: duration, attemptTimeout: duration, retry: settings, breaker: settings, bulkhead: settings },
  });
  const breaker = given.breaker && breakerGate('protect.breaker', { ...given.breaker, operation });
  const bulkhead = given.bulkhead && bulkheadGate('protect.bulkhead', { ...given.bulkhead, operation });
  const guards: Guards = {
    operation,
    timeoutMs: timeout === undefined ? Number.POSITIVE_INFINITY : durationMs(timeout, 'protect.timeout'),
    attemptMs: attemptTimeout === undefined ? Number.POSITIVE_INFINITY : durationMs(attemptTimeout, 'protect.attemptTimeout'),
    retry: given.retry && retryPlan('protect.retry', given.retry),
    breaker,
    bulkhead,
  };
  return { operation, guards, breaker, bulkhead };
}
