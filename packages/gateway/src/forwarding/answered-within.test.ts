import { Call, deadlineWheel } from '@tutti/core';
import { testRuntime } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import type { Exchange } from '../http/exchange.ts';
import { answeredWithin } from './answered-within.ts';

function served(fields: { readonly remainingMs?: number } = {}) {
  const runtime = testRuntime();
  const response = { answering: false };
  const exchange = { response } as unknown as Exchange;
  const deadline = fields.remainingMs === undefined ? {} : { deadline: runtime.clock.now() + fields.remainingMs };
  const call = Call.root({ runtime, ...deadline });
  const work = Promise.withResolvers<void>();
  const seen: Call[] = [];
  const layer = answeredWithin({ operation: 'route /', timeout: '1s' });
  const outcome = layer((_exchange, inner) => {
    seen.push(inner);
    return work.promise;
  })(exchange, call).then(
    () => 'done',
    (error: { readonly code: string }) => error.code,
  );
  return { clock: runtime.clock, response, outcome, work, inner: () => seen[0] as Call };
}

describe('the time until an answer', () => {
  it('is told to the work, which is cancelled with TIMEOUT when it has passed', async () => {
    const { clock, outcome, inner } = served();
    expect(inner().remainingMs).toBe(1_000);
    await clock.advance(1_000);
    expect(await outcome).toBe('TIMEOUT');
    expect(inner().cancelled).toBe(true);
  });

  it('is over when the work fails, even before it has given a promise', async () => {
    const runtime = testRuntime();
    const thrown = new Error('not a promise');
    const layer = answeredWithin({ operation: 'route /', timeout: '1s' });
    const exchange = { response: { answering: false } } as unknown as Exchange;
    const handler = layer(() => {
      throw thrown;
    });
    await expect(handler(exchange, Call.root({ runtime }))).rejects.toBe(thrown);
    expect(deadlineWheel(runtime.clock).size).toBe(0);
  });

  it('is no limit to an answer that has begun', async () => {
    const { clock, outcome, response, work, inner } = served();
    await clock.advance(999);
    response.answering = true;
    await clock.advance(100_000);
    expect(inner().cancelled).toBe(false);
    work.resolve();
    expect(await outcome).toBe('done');
  });

  it('leaves the deadline of the caller as it is, which holds for the whole answer', async () => {
    const { clock, outcome, response, inner } = served({ remainingMs: 5_000 });
    response.answering = true;
    await clock.advance(4_999);
    expect(inner().cancelled).toBe(false);
    await clock.advance(1);
    expect(await outcome).toBe('DEADLINE_EXCEEDED');
    expect(inner().cancelled).toBe(true);
  });

  it('is never longer than the deadline of the caller', async () => {
    const { clock, outcome, inner } = served({ remainingMs: 300 });
    expect(inner().remainingMs).toBe(300);
    await clock.advance(300);
    expect(await outcome).toBe('DEADLINE_EXCEEDED');
  });

  it('is not begun when it is over already', async () => {
    const { outcome, inner } = served({ remainingMs: 0 });
    expect(await outcome).toBe('DEADLINE_EXCEEDED');
    expect(inner()).toBeUndefined();
  });

  it('passes on what goes wrong', async () => {
    const { outcome, work } = served();
    work.reject(Object.assign(new Error('x'), { code: 'OTHER' }));
    expect(await outcome).toBe('OTHER');
  });
});
