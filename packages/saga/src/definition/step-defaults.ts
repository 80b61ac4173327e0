import { type Duration, exponential } from '@tutti/core';
import type { StepRetry } from './node.ts';

export interface Patience {
  readonly retry: StepRetry;
  readonly timeout: Duration;
}

const patience = (maxAttempts: number, initial: Duration, max: Duration): Patience =>
  Object.freeze({ retry: Object.freeze({ maxAttempts, backoff: exponential({ initial, max }) }), timeout: '1m' });

/** Before the pivot, and of the pivot itself: 5 attempts, paused for 200 ms at first and 10 s at most. */
export const stepDefaults: Patience = patience(5, '200ms', '10s');

/** An undo is worth patience: 400 attempts, paused for 1 s at first and 5 m at most, are about a day. */
export const undoDefaults: Patience = patience(400, '1s', '5m');

/** After the pivot there is no way back, so a step is worth as much patience as an undo. */
export const retriableDefaults: Patience = patience(400, '1s', '5m');
