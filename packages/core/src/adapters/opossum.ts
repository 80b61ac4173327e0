import type { Call } from '../call/call.ts';
import { coreError } from '../errors/core-errors.ts';
import { isTargetFailure } from '../errors/failure.ts';
import type { Handler } from '../handler/handler.ts';
import { checkOptions } from '../options/check-options.ts';
import { type Duration, durationMs } from '../options/duration.ts';
import { callable, duration, finiteNumber, text, wholeNumber } from '../options/rules.ts';
import type { Breaker, BreakerState } from '../policy/breaker/breaker.ts';

/** The part of opossum's CircuitBreaker that is used; opossum 9 and 10 fit. */
export interface OpossumCircuit {
  readonly opened: boolean;
  readonly halfOpen: boolean;
  fire(work: () => Promise<unknown>): Promise<unknown>;
  close(): void;
  on(event: 'open', listener: () => void): unknown;
}

/** opossum's default export. */
export type OpossumClass = new (
  action: (work: () => Promise<unknown>) => Promise<unknown>,
  options: Readonly<Record<string, unknown>>,
) => OpossumCircuit;

export interface OpossumBreakerOptions {
  /** Names the work in the error. */
  readonly operation: string;
  /** @defaultValue '30s' */
  readonly openFor?: Duration;
  /** Percent of the calls in opossum's rolling window. @defaultValue 50 */
  readonly errorThresholdPercentage?: number;
  /** Fewer calls in the rolling window prove nothing. @defaultValue 5 */
  readonly volumeThreshold?: number;
  /** Which failures count against the target. @defaultValue isTargetFailure */
  readonly failureIf?: (error: unknown) => boolean;
}

export const opossumBreakerDefaults = { openFor: '30s', errorThresholdPercentage: 50, volumeThreshold: 5 } as const;

/**
 * The breaker contract on opossum, for those who have it already. It lives in real time with timers of its own, lets
 * one probe through, and takes a probe that ended without telling anything about the target for a success.
 *
 * @example
 * ```ts
 * import { Call, compose } from '@tutti/core';
 * import { opossumBreaker } from '@tutti/core/opossum';
 * import CircuitBreaker from 'opossum';
 *
 * const guard = opossumBreaker(CircuitBreaker, { operation: 'ocr', openFor: '5s' });
 * const read = compose(async (page: number): Promise<string> => `page ${page}`, [guard]);
 * console.log(await read(1, Call.root()), guard.state);
 * process.exit(); // opossum's window keeps a timer
 * ```
 */
export function opossumBreaker(Circuit: OpossumClass, options: OpossumBreakerOptions): Breaker {
  const {
    operation,
    openFor,
    errorThresholdPercentage,
    volumeThreshold,
    failureIf = isTargetFailure,
  } = checkOptions(
    'opossumBreaker',
    options,
    {
      required: { operation: text },
      optional: {
        openFor: duration,
        errorThresholdPercentage: finiteNumber({ min: 0, max: 100 }),
        volumeThreshold: wholeNumber({ min: 1 }),
        failureIf: callable,
      },
    },
    opossumBreakerDefaults,
  );
  const openForMs = durationMs(openFor, 'opossumBreaker.openFor');
  const circuit = new Circuit((work) => work(), {
    timeout: false,
    resetTimeout: openForMs,
    errorThresholdPercentage,
    volumeThreshold,
    rollingPercentilesEnabled: false,
    errorFilter: (error: unknown) => !failureIf(error),
  });
  let forced: 'open' | 'closed' | undefined;
  const state = (): BreakerState => forced ?? (circuit.halfOpen ? 'half-open' : circuit.opened ? 'open' : 'closed');
  const layer = <I, O>(next: Handler<I, O>): Handler<I, O> => {
    return async (input: I, call: Call): Promise<O> => {
      if (forced === 'open') throw coreError('BREAKER_OPEN', { operation, retryAfterMs: openForMs });
      if (forced === 'closed') return next(input, call);
      try {
        return (await circuit.fire(() => next(input, call))) as O;
      } catch (error) {
        if (!isRefusal(error)) throw error;
        throw coreError('BREAKER_OPEN', { operation, retryAfterMs: openForMs }, { cause: error });
      }
    };
  };
  return Object.defineProperties(layer, {
    operation: { value: operation, enumerable: true },
    state: { get: state, enumerable: true },
    force: {
      value: (to: 'open' | 'closed' | 'auto') => {
        forced = to === 'auto' ? undefined : to;
        circuit.close();
      },
    },
  }) as unknown as Breaker;
}

const isRefusal = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'EOPENBREAKER';
