import type { Node, StepNode } from '../definition/node.ts';
import { GaveUp, tryUntilDone } from './attempts.ts';
import { Parked } from './pauses.ts';
import type { RunSubject } from './run-subject.ts';
import type { StepState } from './saga-state.ts';
import { type AttemptContext, UndoAttemptContext } from './step-context.ts';
import type { Way } from './way.ts';

const undo: Way = {
  intent: 'undo-intent',
  done: 'undone',
  failedOnce: 'undo-attempt-failed',
  failed: 'undo-failed',
  writes: { intent: 'undo-intent', retry: 'undo-retry', outcome: 'undo-outcome' },
  keySuffix: '/undo',
  retry: ({ undoRetry }) => undoRetry,
  timeoutMs: ({ undoTimeoutMs }) => undoTimeoutMs,
  totalTimeoutMs: () => undefined,
  run: (step, context) => step.compensate?.(context as AttemptContext & UndoAttemptContext),
};

/**
 * Undoes every step that was begun, the last first; steps of one parallel group side by side, as one unit. An undo that fails for
 * good does not keep the earlier ones from being undone, unless the saga says so. It has no deadline.
 */
export async function undoNodes(subject: RunSubject, nodes: readonly Node[]): Promise<void> {
  for (const node of nodes.toReversed()) {
    if (node.kind === 'when') {
      const taken = subject.state.decision(node.name);
      if (taken !== undefined) await undoNodes(subject, taken ? node.nodes : node.otherwise);
    } else if (node.kind !== 'sleep') await undoTogether(subject, node.kind === 'step' ? [node] : node.steps);
    if (subject.saga.settings.onUndoFailure === 'halt' && hasFailedUndo(subject)) return;
  }
}

export function hasFailedUndo({ state }: RunSubject): boolean {
  return state.steps.some((step) => step.undo.state === 'failed');
}

async function undoTogether(subject: RunSubject, steps: readonly StepNode[]): Promise<void> {
  const { state, pauses, journal } = subject;
  const armed = steps.filter((step) => isArmed(step, state.step(step.name)));
  if (armed.length === 0) return;
  pauses.fork(armed.length);
  const ends = await Promise.allSettled(
    armed.map(async (step) => {
      try {
        await undoStep(subject, step);
        if (armed.length > 1) await journal.write('undo-outcome');
        if (subject.amnesia) throw new Parked(0);
      } finally {
        pauses.ended();
      }
    }),
  );
  pauses.joined();
  const failed = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
  const worst = failed.find((error) => !(error instanceof Parked));
  if (worst !== undefined) throw worst;
  if (failed.length > 0) throw new Parked(Math.min(...failed.map((error) => (error as Parked).until)));
}

/** Begun, and neither undone nor given up. What is written in one commit with its outcome needs no undo unless it was done. */
function isArmed(node: StepNode, state: StepState | undefined): boolean {
  if (!node.compensate || state === undefined || state.deed.state === 'none') return false;
  if (node.tx && state.result === undefined) return false;
  return state.undo.state === 'none' || state.undo.state === 'intended';
}

async function undoStep(subject: RunSubject, step: StepNode): Promise<void> {
  const stateOf = (): StepState => subject.state.step(step.name) as StepState;
  try {
    await tryUntilDone(subject, {
      step,
      way: undo,
      call: subject.call,
      progress: () => stateOf().undo,
      context: (key, attempt) => new UndoAttemptContext(subject, key, attempt, { step, state: stateOf() }),
    });
  } catch (error) {
    if (!(error instanceof GaveUp)) throw error;
    subject.counter.undoFailed(subject.saga.name, step.name);
  }
}
