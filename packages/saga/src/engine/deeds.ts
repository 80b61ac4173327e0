import type { Call } from '@tutti/core';
import type { StepNode } from '../definition/node.ts';
import { sagaError } from '../errors.ts';
import { GaveUp, tryUntilDone } from './attempts.ts';
import type { RunSubject } from './run-subject.ts';
import { AttemptContext } from './step-context.ts';
import type { Way } from './way.ts';

const deed: Way = {
  intent: 'intent',
  done: 'done',
  failedOnce: 'attempt-failed',
  failed: 'failed',
  writes: { intent: 'intent', retry: 'retry', outcome: 'outcome' },
  keySuffix: '',
  retry: ({ retry }) => retry,
  timeoutMs: ({ timeoutMs }) => timeoutMs,
  totalTimeoutMs: ({ totalTimeoutMs }) => totalTimeoutMs,
  run: (step, context) => step.run(context),
};

/**
 * Leaves the step done, or throws GaveUp. What it did goes out with the next write.
 * @param results What the step sees: what came before it, and not what runs beside it.
 */
export async function runStep(
  subject: RunSubject,
  step: StepNode,
  call: Call,
  results: Readonly<Record<string, unknown>> = subject.state.results,
): Promise<void> {
  const { state, counter, saga, time } = subject;
  const known = state.step(step.name)?.deed;
  if (known?.state === 'done') return;
  if (known?.state === 'failed') {
    const failure = known.failure ?? sagaError('SAGA_TERMINAL', { problem: 'it failed' });
    throw new GaveUp(step.name, failure, known.cutOff, !known.cutOff);
  }
  const beganAt = time.now();
  await tryUntilDone(subject, {
    step,
    way: deed,
    // a pivot that has begun is not cut off: whether the saga can still go back hangs on it, unless it is a tx, of which nothing is there before its commit
    ...(step.role === 'pivot' && !step.tx ? { call: subject.call, between: call } : { call }),
    progress: () => state.step(step.name)?.deed,
    context: (key, attempt) => new AttemptContext(subject, key, attempt, results),
  });
  counter.stepDone(saga.name, step.name, time.now() - beganAt);
}
