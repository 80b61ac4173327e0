import { type Backoff, isRetryable, type Random, TuttiError } from '@tutti/core';
import type { Failure } from '../transport/dead-letters.ts';
import type { Delivery, Outcome } from '../transport/event-transport.ts';

export interface RetryPolicy {
  readonly maxAttempts: number;
  readonly backoff: Backoff;
}

/** Not retryable for whoever made the call, but they say something of this member at this moment and nothing of the event: another attempt may find a member that runs. */
const passing: ReadonlySet<string> = new Set(['NOT_RUNNING', 'CANCELLED', 'DEADLINE_EXCEEDED']);

/** What happens to a delivery after an attempt at it failed. */
export function afterFailure(
  { receipt, attempt }: Delivery,
  error: unknown,
  { maxAttempts, backoff }: RetryPolicy,
  random: Random,
): Outcome {
  const final = !isRetryable(error) && !(TuttiError.is(error) && passing.has(error.code));
  if (final || attempt >= maxAttempts) return { kind: 'dead', receipt, reason: final ? 'final' : 'attempts', failure: failureOf(error) };
  return { kind: 'retry', receipt, delayMs: backoff.delayMs(attempt, random) };
}

/** Whatever was thrown, as text. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { message: String(error) };
  const { message, stack } = error;
  return {
    message,
    ...('code' in error && typeof error.code === 'string' && { code: error.code }),
    ...(stack !== undefined && { stack }),
  };
}
