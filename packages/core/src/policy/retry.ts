import type { Call } from '../call/call.ts';
import { pause } from '../call/pause.ts';
import { failureClass, isNotBegun } from '../errors/failure.ts';
import { TuttiError } from '../errors/tutti-error.ts';
import type { AnyLayer } from '../handler/handler.ts';
import { checkOptions, type OptionRules } from '../options/check-options.ts';
import { anyOf, callable, flag, objectWith, wholeNumber } from '../options/rules.ts';
import { type Backoff, exponential } from './backoff.ts';
import type { RetryBudget } from './retry-budget.ts';

export interface RetryOptions {
  /** Calls in total, the first included. @defaultValue 3 */
  readonly maxAttempts?: number;
  /** @defaultValue exponential() */
  readonly backoff?: Backoff;
  /** Which failures are tried again. @defaultValue isRetryable */
  readonly retryIf?: (error: unknown) => boolean;
  /**
   * Whether the work may be done twice. Where it may not, only failures of class `unsent` and `unreachable` are tried again.
   * For work that is safe with a key: `(call) => call.idempotencyKey !== undefined`.
   * @defaultValue true
   */
  readonly repeatable?: boolean | ((call: Call) => boolean);
  /** Bounds what retries may add to the load; shared by all layers that send to one target. @defaultValue no bound but `maxAttempts` */
  readonly budget?: RetryBudget;
  /** Told before each wait. What it does or throws changes nothing but, when it throws, the result. */
  readonly onRetry?: (event: { readonly error: unknown; readonly attempt: number; readonly delayMs: number }) => void;
}

export const retryDefaults = { maxAttempts: 3, repeatable: true } as const;

export const retryRules: OptionRules<RetryOptions> = {
  optional: {
    maxAttempts: wholeNumber({ min: 1 }),
    backoff: objectWith('a Backoff', 'delayMs'),
    retryIf: callable,
    repeatable: anyOf(flag, callable),
    budget: objectWith('a RetryBudget', 'withdraw'),
    onRetry: callable,
  },
};

/** A kit error knows; of a foreign one nothing is known but that an abort is an abort, and trying again is the caller's choice of layer. */
export function isRetryable(error: unknown): boolean {
  return TuttiError.is(error) ? error.retryable : failureClass(error) !== 'cancelled';
}

/**
 * Tries again while the failure allows it, attempts and budget are left and the next delay ends before the deadline; then the last
 * error is thrown as it came. Each try gets a call of its own with its `attempt` and, in `avoid`, the targets that failed.
 * A failure that names a `retryAfterMs` is not tried again sooner. A cancelled call is never tried again, nor is a failure whose
 * retries were already used up by a layer below, in this process or in the one that was asked (`call.isExhausted`): in a
 * chain of services only the one nearest to the fault retries.
 */
export function retry(options: RetryOptions = {}): AnyLayer {
  const plan = retryPlan('retry', options);
  return (next) => async (input, call) => {
    plan.begin(call.runtime.clock.now());
    let tried = call;
    for (let attempt = 1; ; attempt++) {
      try {
        return await next(input, tried);
      } catch (error) {
        const delayMs = plan.delayMs(error, attempt, call, tried);
        if (delayMs === none) throw error;
        const avoid = avoiding(tried);
        if (delayMs > 0) await pause(call, delayMs);
        if (tried !== call) tried.release();
        tried = call.child({ attempt: call.attempt + attempt, avoid });
      }
    }
  };
}

/** What a retry decides, without the loop: used by the layer and by the fused form. */
export interface RetryPlan {
  /** Counts the first attempt of a call. */
  begin(now: number): void;
  /** Milliseconds until the next attempt, after `attempt` of them; -1 when there is none. */
  delayMs(error: unknown, attempt: number, call: Call, tried: Call): number;
}

/** The targets to avoid in the attempt after this one. */
export function avoiding(tried: Call): readonly string[] {
  return tried.target === undefined || tried.avoid.includes(tried.target) ? tried.avoid : [...tried.avoid, tried.target];
}

const none = -1;

export function retryPlan(path: string, options: RetryOptions): RetryPlan {
  const checked = checkOptions(path, options, retryRules, retryDefaults);
  const { maxAttempts, backoff = exponential(), retryIf = isRetryable, repeatable, budget, onRetry } = checked;
  const mayRepeat = (error: unknown, call: Call): boolean =>
    repeatable === true || isNotBegun(error) || (repeatable !== false && repeatable(call));
  return {
    begin: (now) => budget?.deposit(now),
    delayMs(error, attempt, call, tried) {
      if (call.cancelled || tried.isExhausted(error) || !retryIf(error) || !mayRepeat(error, call)) return none;
      const { clock, random } = call.runtime;
      const delayMs = Math.max(backoff.delayMs(attempt, random), retryAfterMs(error));
      const now = clock.now();
      const possible = attempt < maxAttempts && now + delayMs < call.deadline;
      if (!possible || budget?.withdraw(now) === false) {
        if (possible || attempt > 1) call.noteExhausted(error);
        return none;
      }
      onRetry?.({ error, attempt, delayMs });
      return delayMs;
    },
  };
}

/** What a limiter or a breaker said when it refused. */
function retryAfterMs(error: unknown): number {
  if (!TuttiError.is(error) || typeof error.details !== 'object' || error.details === null) return 0;
  const { retryAfterMs: after } = error.details as { retryAfterMs?: unknown };
  return typeof after === 'number' && after > 0 ? after : 0;
}
