import { coreError, exponential, TerminalError } from '@tutti/core';
import { describe, expect, it } from 'vitest';
import { afterFailure, failureOf, mayMend, type RetryPolicy } from './failure.ts';

const policy = {
  maxAttempts: 3,
  immediateAttempts: 1,
  backoff: exponential({ initial: '1s', jitter: 0 }),
  immediateBackoff: exponential({ initial: '10ms', jitter: 0 }),
  retryIf: mayMend,
};
const after = (attempt: number, error: unknown, given: Partial<RetryPolicy> = {}, stays = false) =>
  afterFailure(error, attempt, { ...policy, ...given }, stays, () => 0);

describe('after a failure', () => {
  it('an event is retried with growing delays until its attempts are used up', () => {
    expect(after(1, new Error('no'))).toEqual({ kind: 'later', delayMs: 1_000 });
    expect(after(2, new Error('no'))).toEqual({ kind: 'later', delayMs: 2_000 });
    expect(after(3, new Error('no'))).toEqual({ kind: 'dead', reason: 'attempts' });
  });

  it('its member tries a few times in a row before the store hands it out again', () => {
    const verdicts = [1, 2, 3, 4, 5, 6, 7].map((attempt) => after(attempt, new Error('no'), { maxAttempts: 7, immediateAttempts: 3 }));
    expect(verdicts).toEqual([
      { kind: 'again', delayMs: 10 },
      { kind: 'again', delayMs: 20 },
      { kind: 'later', delayMs: 1_000 },
      { kind: 'again', delayMs: 10 },
      { kind: 'again', delayMs: 20 },
      { kind: 'later', delayMs: 2_000 },
      { kind: 'dead', reason: 'attempts' },
    ]);
  });

  it('an event whose key must wait for it stays with its member', () => {
    expect(after(1, new Error('no'), {}, true)).toEqual({ kind: 'again', delayMs: 1_000 });
    expect(after(3, new Error('no'), {}, true)).toEqual({ kind: 'dead', reason: 'attempts' });
  });

  it('that no further attempt can mend, it is given up at once', () => {
    expect(after(1, coreError('INVALID_DATA', { path: 'x', problem: 'is wrong' }))).toEqual({ kind: 'dead', reason: 'final' });
    expect(after(1, new TerminalError('no such street'))).toEqual({ kind: 'dead', reason: 'final' });
  });

  it('a subscription may say itself which failures are worth another attempt', () => {
    const retryIf = (error: unknown): boolean => error instanceof RangeError;
    expect(after(1, new RangeError('far'), { retryIf })).toMatchObject({ kind: 'later' });
    expect(after(1, new Error('no'), { retryIf })).toEqual({ kind: 'dead', reason: 'final' });
  });

  it('a retryable error of the kit is retried like a foreign one', () => {
    expect(after(1, coreError('TIMEOUT', { operation: 'o', timeoutMs: 1 }))).toMatchObject({ kind: 'later' });
  });

  it.each([
    coreError('NOT_RUNNING', { component: 'orders', state: 'stopping' }),
    coreError('CANCELLED', { reason: 'r' }),
    coreError('DEADLINE_EXCEEDED', { operation: 'o' }),
  ])('$code says nothing of the event and is retried', (error) => {
    expect(after(1, error)).toMatchObject({ kind: 'later' });
    expect(after(3, error)).toEqual({ kind: 'dead', reason: 'attempts' });
  });

  it('whatever was thrown becomes text', () => {
    expect(failureOf(Object.assign(new Error('no'), { code: 'E_NO', stack: 'here' }))).toEqual({
      message: 'no',
      code: 'E_NO',
      stack: 'here',
    });
    expect(failureOf('a string')).toEqual({ message: 'a string' });
    expect(failureOf(undefined)).toEqual({ message: 'undefined' });
  });
});
