import { type Call, coreError, messageOf } from '@tutti/core';
import type { Node, ParallelNode, SleepNode, WhenNode } from '../definition/node.ts';
import { stepDefaults } from '../definition/step-defaults.ts';
import { sagaError } from '../errors.ts';
import { GaveUp } from './attempts.ts';
import { runStep } from './deeds.ts';
import { failureOf } from './failure-of.ts';
import { Parked } from './pauses.ts';
import type { RunSubject } from './run-subject.ts';

/**
 * Carries a saga forward from where it stands to the end of its graph.
 * @throws GaveUp when a step failed for good; Parked; the reason of a cancellation; what a write throws
 */
export async function runNodes(subject: RunSubject, nodes: readonly Node[]): Promise<void> {
  for (const node of nodes) await runNode(subject, node);
}

async function runNode(subject: RunSubject, node: Node): Promise<void> {
  const call = scopeOf(subject);
  if (call.cancelled) throw call.reason;
  if (node.kind === 'when') return runBranch(subject, node);
  if (node.kind === 'sleep') return sleepUntil(subject, node, call);
  if (node.kind === 'parallel') return runTogether(subject, node, call);
  const done = subject.state.step(node.name)?.deed.state === 'done';
  if (done) return;
  await runStep(subject, node, call);
  afterOutcome(subject);
}

/**
 * Past the pivot there is no way back, so neither a request nor the deadline of the saga ends the way forward. Neither do they while nobody
 * knows whether the pivot is done: what its next attempt says decides.
 */
function scopeOf(subject: RunSubject): Call {
  return isCommitted(subject) ? subject.call : subject.forward;
}

/** No way back is known to be safe now. */
export function isCommitted(subject: RunSubject): boolean {
  return isPastPivot(subject) || isPivotUnsure(subject);
}

export function isPastPivot({ saga, state }: Pick<RunSubject, 'saga' | 'state'>): boolean {
  return saga.pivotStep !== undefined && state.step(saga.pivotStep)?.deed.state === 'done';
}

/** An attempt of the pivot was cut off: it may be done. */
function isPivotUnsure({ saga, state }: RunSubject): boolean {
  const deed = saga.pivotStep === undefined ? undefined : state.step(saga.pivotStep)?.deed;
  return deed !== undefined && (deed.open || deed.cutOff);
}

async function runBranch(subject: RunSubject, node: WhenNode): Promise<void> {
  const { state, journal, input } = subject;
  let taken = state.decision(node.name);
  if (taken === undefined) {
    await countDecision(subject, node.name);
    try {
      taken = node.decide({ input, results: state.results }) === true;
    } catch (error) {
      throw new GaveUp(node.name, { code: 'ERROR', message: messageOf(error) }, false, true);
    }
    journal.note({ what: 'decided', step: node.name, taken });
    await journal.write('decision');
    if (subject.amnesia) throw new Parked(0);
  }
  await runNodes(subject, taken ? node.nodes : node.otherwise);
}

/** As a step that needs no intent: what kills its process, and every one that takes over, is asked no more in the end. */
async function countDecision({ isTakenOver, state, journal }: RunSubject, name: string): Promise<void> {
  if (!isTakenOver) return;
  const attempts = state.step(name)?.deed.attempts ?? 0;
  if (attempts < stepDefaults.retry.maxAttempts) {
    journal.note({ what: 'intent', step: name, attempt: attempts + 1, onlyCounts: true });
    return journal.write('intent');
  }
  const failure = failureOf(sagaError('SAGA_STEP_SILENT', { step: name, attempts }));
  journal.note({ what: 'failed', step: name, attempt: attempts, failure });
  throw new GaveUp(name, failure, false, true);
}

async function sleepUntil({ state, journal, pauses, time }: RunSubject, node: SleepNode, call: Call): Promise<void> {
  const known = state.sleep(node.name);
  if (known?.woke) return;
  const until = known?.until ?? Math.ceil(time.now() + node.durationMs);
  if (!known) {
    journal.note({ what: 'sleeping', step: node.name, until });
    if (!pauses.wouldPark(until)) await journal.write('sleep');
  }
  await pauses.wait(until, call);
  journal.note({ what: 'woke', step: node.name });
}

/** Side by side; the first that fails for good cancels the others, which are waited for, as what they did must be known. */
async function runTogether(subject: RunSubject, node: ParallelNode, call: Call): Promise<void> {
  const { state, journal, pauses } = subject;
  const open = node.steps.filter(({ name }) => state.step(name)?.deed.state !== 'done');
  if (open.length === 0) return;
  const together = call.child();
  const beside = new Set(node.steps.map(({ name }) => name));
  const results = Object.fromEntries(Object.entries(state.results).filter(([name]) => !beside.has(name)));
  pauses.fork(open.length);
  let first: unknown;
  const branches = open.map(async (step) => {
    try {
      await runStep(subject, step, together, results);
      await journal.write('outcome');
      if (subject.amnesia) throw new Parked(0);
    } catch (error) {
      if (error instanceof Parked) throw error;
      first ??= error;
      together.cancel(error instanceof GaveUp ? coreError('CANCELLED', { reason: `'${error.step}' beside it failed` }) : error);
    } finally {
      pauses.ended();
    }
  });
  const ends = await Promise.allSettled(branches);
  pauses.joined();
  together.release();
  if (subject.call.cancelled) throw subject.call.reason;
  if (first !== undefined) throw first;
  const parked = ends.flatMap((end) => (end.status === 'rejected' ? [(end.reason as Parked).until] : []));
  if (parked.length > 0) throw new Parked(Math.min(...parked));
}

/** The outcome goes out with what comes next. In amnesia that is leaving. */
export function afterOutcome({ amnesia }: RunSubject): void {
  if (amnesia) throw new Parked(0);
}
