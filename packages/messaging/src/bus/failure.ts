import { type Backoff, isRetryable, messageOf, type Random, TuttiError } from '@tutti/core';
import type { DeadReason, Failure } from '../transport/dead-letters.ts';

export interface RetryPolicy {
  readonly maxAttempts: number;
  /** Attempts in the hands of one member before the event goes back to the store for its next one. */
  readonly immediateAttempts: number;
  readonly backoff: Backoff;
  /** The pause between two immediate attempts. */
  readonly immediateBackoff: Backoff;
  /** Whether another attempt may succeed. */
  readonly retryIf: (error: unknown) => boolean;
}

/** What is done after an attempt that failed. */
export type Verdict =
  | { readonly kind: 'dead'; readonly reason: DeadReason }
  /** Again by the same member, which keeps the event meanwhile. */
  | { readonly kind: 'again'; readonly delayMs: number }
  /** Back to the store, which hands it out again. */
  | { readonly kind: 'later'; readonly delayMs: number };

/** Not retryable for whoever made the call, but they say something of this member at this moment and nothing of the event: another attempt may find a member that runs. */
const passing: ReadonlySet<string> = new Set(['NOT_RUNNING', 'CANCELLED', 'DEADLINE_EXCEEDED']);

/** What is tried again unless a subscription says otherwise: everything but what says of itself that it cannot be mended. */
export function mayMend(error: unknown): boolean {
  return isRetryable(error) || (TuttiError.is(error) && passing.has(error.code));
}

/**
 * What happens to an event after an attempt at it failed.
 * @param attempt From 1, of all attempts.
 * @param stays The event may not leave the hands of its member, because its key must wait for it.
 */
export function afterFailure(error: unknown, attempt: number, policy: RetryPolicy, stays: boolean, random: Random): Verdict {
  const { maxAttempts, immediateAttempts, backoff, immediateBackoff, retryIf } = policy;
  if (!retryIf(error)) return { kind: 'dead', reason: 'final' };
  if (attempt >= maxAttempts) return { kind: 'dead', reason: 'attempts' };
  const round = Math.ceil(attempt / immediateAttempts);
  if (attempt % immediateAttempts !== 0)
    return { kind: 'again', delayMs: immediateBackoff.delayMs(attempt - (round - 1) * immediateAttempts, random) };
  return { kind: stays ? 'again' : 'later', delayMs: backoff.delayMs(round, random) };
}

/** Whatever was thrown, as text. */
export function failureOf(error: unknown): Failure {
  const message = messageOf(error);
  try {
    if (!(error instanceof Error)) return { message };
    const { stack } = error;
    return {
      message,
      ...('code' in error && typeof error.code === 'string' && { code: error.code }),
      ...(stack !== undefined && { stack }),
    };
  } catch {
    return { message }; // it throws when it is looked at
  }
}
