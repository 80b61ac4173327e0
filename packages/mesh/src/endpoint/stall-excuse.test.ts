import { coreError } from '@tutti/core';
import { expect, it } from 'vitest';
import { excusedByStall } from './stall-excuse.ts';

const late = coreError('TIMEOUT', { operation: 'work', timeoutMs: 1_000 });

it.each([
  ['a pause that was a quarter of the time', { error: late, latencyMs: 1_000 }, 250, true],
  ['a shorter one', { error: late, latencyMs: 1_000 }, 249, false],
  ['none', { error: late, latencyMs: 0 }, 0, false],
  ['an answer that came', { status: 503, error: late, latencyMs: 1_000 }, 900, false],
  ['a failure that no pause can make', { error: new Error('broken'), latencyMs: 1_000 }, 900, false],
])('of a failure, %s', (_what, outcome, stalledMs, excused) => {
  expect(excusedByStall({ kind: 'failure', ...outcome }, stalledMs)).toBe(excused);
});
