import { expect, it } from 'vitest';
import type { WriteSet } from '../ports/write-set.ts';
import { Backlog } from './backlog.ts';

const setOf = (bytes: number): WriteSet => ({
  name: 'keep',
  statements: [{ sql: 'INSERT INTO kept VALUES (?)', values: [new Uint8Array(bytes)] }],
});

it('takes on so many sets and no more, until one of them is answered', () => {
  const backlog = new Backlog('kept.db', { maxPendingSets: 2, maxPendingBytes: 1_000 });
  const first = backlog.enter(setOf(1));
  backlog.enter(setOf(1));
  expect(() => backlog.enter(setOf(1))).toThrowError(
    expect.objectContaining({
      code: 'OVERLOADED',
      retryable: true,
      message: 'writing keep to kept.db was not begun: all 2 places are taken',
    }),
  );
  backlog.leave(first);
  backlog.enter(setOf(1));
});

it('takes on so many bytes, and one set of any size', () => {
  const backlog = new Backlog('kept.db', { maxPendingSets: 10, maxPendingBytes: 1_000 });
  const large = backlog.enter(setOf(5_000));
  expect(() => backlog.enter(setOf(1))).toThrowError(expect.objectContaining({ code: 'OVERLOADED' }));
  backlog.leave(large);
  backlog.enter(setOf(600));
  backlog.enter(setOf(400));
  expect(() => backlog.enter(setOf(1))).toThrowError(expect.objectContaining({ code: 'OVERLOADED' }));
});
