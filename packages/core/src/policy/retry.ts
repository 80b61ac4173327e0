import { TuttiError } from '../errors/tutti-error.ts';
import type { AnyLayer } from '../handler/handler.ts';
import { checkOptions } from '../options/check-options.ts';
import { callable, objectWith, wholeNumber } from '../options/rules.ts';
import { sleep } from '../runtime/sleep.ts';
import { type Backoff, exponential } from './backoff.ts';

export interface RetryOptions {
  /** Calls in total, the first included. @defaultValue 3 */
  readonly maxAttempts?: number;
  /** @defaultValue exponential() */
  readonly backoff?: Backoff;
  /** Which failures are tried again. @defaultValue errors of the kit that say `retryable`, and all foreign errors */
  readonly retryIf?: (error: unknown) => boolean;
  /** Told before each wait. What it does or throws changes nothing but, when it throws, the result. */
  readonly onRetry?: (event: { readonly error: unknown; readonly attempt: number; readonly delayMs: number }) => void;
}

export const retryDefaults = { maxAttempts: 3 } as const;

/** A kit error knows; of a foreign one nothing is known, and trying again is the caller's choice of layer. */
export function isRetryable(error: unknown): boolean {
  return TuttiError.is(error) ? error.retryable : true;
}

/**
 * Tries again while the failure allows it, attempts are left and the next delay ends before the deadline; then the last
 * error is thrown as it came. Each try gets a call of its own with its `attempt`. A cancelled call is never tried again.
 */
export function retry(options: RetryOptions = {}): AnyLayer {
  const checked = checkOptions(
    'retry',
    options,
    {
      optional: { maxAttempts: wholeNumber({ min: 1 }), backoff: objectWith('a Backoff', 'delayMs'), retryIf: callable, onRetry: callable },
    },
    retryDefaults,
  );
  const { maxAttempts, backoff = exponential(), retryIf = isRetryable, onRetry } = checked;
  return (next) => async (input, call) => {
    const { clock, random } = call.runtime;
    for (let attempt = 1; ; attempt++) {
      const tried = attempt === 1 ? call : call.child({ attempt: call.attempt + attempt - 1 });
      try {
        return await next(input, tried);
      } catch (error) {
        if (attempt >= maxAttempts || call.cancelled || !retryIf(error)) throw error;
        const delayMs = backoff.delayMs(attempt, random);
        if (clock.now() + delayMs >= call.deadline) throw error;
        onRetry?.({ error, attempt, delayMs });
        await sleep(clock, delayMs, { signal: call.signal });
      } finally {
        if (tried !== call) tried.release();
      }
    }
  };
}
