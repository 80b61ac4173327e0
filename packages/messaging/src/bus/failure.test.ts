import { coreError, exponential } from '@tutti/core';
import { describe, expect, it } from 'vitest';
import { afterFailure, failureOf } from './failure.ts';

const policy = { maxAttempts: 3, backoff: exponential({ initial: '1s', jitter: 0 }) };
const after = (attempt: number, error: unknown) =>
  afterFailure({ receipt: 'r', attempt, event: {}, handled: false, takenOver: false, replayedFrom: undefined }, error, policy, () => 0);

describe('after a failure', () => {
  it('a delivery is retried with growing delays until its attempts are used up', () => {
    expect(after(1, new Error('no'))).toEqual({ kind: 'retry', receipt: 'r', delayMs: 1_000 });
    expect(after(2, new Error('no'))).toEqual({ kind: 'retry', receipt: 'r', delayMs: 2_000 });
    expect(after(3, new Error('no'))).toMatchObject({ kind: 'dead', reason: 'attempts', failure: { message: 'no' } });
  });

  it('that no further attempt can mend, it is given up at once', () => {
    expect(after(1, coreError('INVALID_DATA', { path: 'x', problem: 'is wrong' }))).toMatchObject({ kind: 'dead', reason: 'final' });
  });

  it('a retryable error of the kit is retried like a foreign one', () => {
    expect(after(1, coreError('TIMEOUT', { operation: 'o', timeoutMs: 1 }))).toMatchObject({ kind: 'retry' });
  });

  it.each([
    coreError('NOT_RUNNING', { component: 'orders', state: 'stopping' }),
    coreError('CANCELLED', { reason: 'r' }),
    coreError('DEADLINE_EXCEEDED', { operation: 'o' }),
  ])('$code says nothing of the event and is retried', (error) => {
    expect(after(1, error)).toMatchObject({ kind: 'retry' });
    expect(after(3, error)).toMatchObject({ kind: 'dead', reason: 'attempts' });
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
