import { describe, expect, it } from 'vitest';
import { coreError } from './core-errors.ts';
import { TuttiError } from './tutti-error.ts';

describe('TuttiError', () => {
  const cause = new Error('underneath');
  const error = coreError('TIMEOUT', { operation: 'orders.get', timeoutMs: 2_000 }, { cause });

  it('carries code, typed details, a readable message and the cause', () => {
    expect(error).toMatchObject({ code: 'TIMEOUT', retryable: true, message: 'orders.get took longer than 2000 ms', cause });
    expect(error.details.timeoutMs).toBe(2_000);
  });

  it('is recognised across copies of the package, by brand and code and nothing else', () => {
    const foreignCopy = { '@tutti/error': true, code: 'TIMEOUT' };
    expect([TuttiError.is(error), TuttiError.is(error, 'TIMEOUT'), TuttiError.is(foreignCopy, 'TIMEOUT')]).toEqual([true, true, true]);
    expect([
      TuttiError.is(error, 'CANCELLED'),
      TuttiError.is(new Error('TIMEOUT')),
      TuttiError.is(undefined),
      TuttiError.is('TIMEOUT'),
    ]).toEqual([false, false, false, false]);
  });

  it('goes over wires without stack and cause', () => {
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      code: 'TIMEOUT',
      message: error.message,
      details: { operation: 'orders.get', timeoutMs: 2_000 },
      retryable: true,
    });
  });

  it('does not compile with an unknown code or wrong details', () => {
    // @ts-expect-error no such code
    expect(() => coreError('TIMEOUTS', {})).toThrow();
    // @ts-expect-error details belong to the code
    coreError('TIMEOUT', { operation: 'x' });
  });
});
