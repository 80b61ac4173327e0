import { TuttiError } from '@tutti/core';
import { sagaError } from '../errors.ts';
import type { Failure } from '../store/journal-entry.ts';
import type { SagaRequest } from '../store/saga-record.ts';
import { GaveUp } from './attempts.ts';
import { hasFailedUndo, undoNodes } from './backward.ts';
import { failureOf } from './failure-of.ts';
import { isCommitted, isPastPivot, runNodes } from './forward.ts';
import { Parked } from './pauses.ts';
import type { RunSubject } from './run-subject.ts';

/**
 * Carries one saga on from where it stands: to its end, to where it waits or needs somebody, or until its call is cancelled.
 * @throws the reason of the cancellation, SAGA_FENCED, or the error of the store: then the saga stands where it was written last
 */
export async function runSaga(subject: RunSubject): Promise<void> {
  const { journal, saga } = subject;
  giveUpForward(subject);
  try {
    if (journal.status === 'queued') return await endQueued(subject);
    if (journal.status === 'running') await goForward(subject);
    if (journal.status === 'compensating') await goBack(subject);
  } catch (error) {
    if (!(error instanceof Parked)) throw error;
    subject.counter.parked(saga.name);
    await journal.leave('leave', leavesUntil(subject, error.until));
  }
}

/** It is to go forward no more: its time was over before it came here, or somebody has asked for that and his request was answered elsewhere. */
function giveUpForward(subject: RunSubject): void {
  const { deadline, time, state, forward } = subject;
  if (state.cancel && !isPastPivot(subject)) forward.cancel(sagaError('SAGA_CANCELLED', state.cancel));
  if (deadline !== undefined && time.until(deadline) === 0) expire(subject);
}

/** A saga with a deadline must be here when it comes. */
function leavesUntil(subject: RunSubject, until: number): number {
  const { deadline, journal } = subject;
  return deadline !== undefined && journal.status === 'running' && !isCommitted(subject) ? Math.min(until, deadline) : until;
}

async function goForward(subject: RunSubject): Promise<void> {
  const { saga } = subject;
  try {
    await runNodes(subject, saga.nodes);
  } catch (error) {
    if (subject.call.cancelled) throw subject.call.reason;
    if (error instanceof Parked) throw error;
    return failedForward(subject, error);
  }
  await end(subject, 'completed');
}

async function failedForward(subject: RunSubject, error: unknown): Promise<void> {
  const { journal, forward, saga, state } = subject;
  const ended = error instanceof GaveUp ? error : undefined;
  if (!ended && !(forward.cancelled && error === forward.reason)) throw error;
  const step = ended?.step ?? state.steps.at(-1)?.step ?? saga.name;
  const failure: Failure = ended?.failure ?? failureOf(error);
  // a pivot that went silent may have been done: then there is no safe way back
  const unsure = ended !== undefined && ended.step === saga.pivotStep && ended.cutOff && !ended.said;
  if (isPastPivot(subject) || unsure) {
    journal.status = 'stuck';
    journal.note({ what: 'stuck', step, failure });
    subject.events.announce(subject, 'saga.parked', { status: 'stuck', step, failure });
    subject.counter.ended(saga.name, 'stuck');
    return journal.write('finish');
  }
  journal.status = 'compensating';
  journal.note({ what: 'compensating', step, failure });
  await journal.write('failure');
}

async function goBack(subject: RunSubject): Promise<void> {
  await undoNodes(subject, subject.saga.nodes);
  if (subject.call.cancelled) throw subject.call.reason;
  await end(subject, hasFailedUndo(subject) ? 'compensation_failed' : 'compensated');
}

async function end(subject: RunSubject, status: 'completed' | 'compensated' | 'compensation_failed'): Promise<void> {
  const { journal, saga, state } = subject;
  journal.status = status;
  journal.note({ what: status === 'compensation_failed' ? 'compensation-failed' : status });
  const failure = state.failure && { failure: state.failure };
  if (status === 'compensation_failed') {
    const steps = state.steps.filter(({ undo }) => undo.state === 'failed').map(({ step }) => step);
    subject.events.announce(subject, 'saga.parked', { status, step: steps.join(', '), ...failure });
  } else subject.events.announce(subject, `saga.${status}`, { ...failure });
  subject.counter.ended(saga.name, status);
  await journal.write('finish');
}

/** Its turn did not come in time, or nobody wants it any more: it ends with nothing done. */
async function endQueued(subject: RunSubject): Promise<void> {
  const { journal, saga, input, forward } = subject;
  const late = (): Error => sagaError('SAGA_WAIT_TIMEOUT', { key: saga.settings.lock?.key(input) ?? '' });
  const failure = failureOf(forward.cancelled ? forward.reason : late());
  journal.note({ what: 'compensating', step: saga.name, failure });
  await end(subject, 'compensated');
}

/** What somebody asked and nobody has answered yet. Noted, so that it is durable with the next write. */
export function answerRequests(subject: RunSubject, asked: readonly SagaRequest[]): void {
  const { journal, state, forward } = subject;
  for (const request of asked.slice(state.answered)) {
    const { verb, actor, reason, step } = request;
    journal.note({ what: 'asked', request: { verb, actor, reason }, ...(step !== undefined && { step }) });
    if (verb === 'skip' && step !== undefined && state.step(step)?.undo.state === 'failed') journal.note({ what: 'undo-skipped', step });
    if (verb === 'cancel' && !isPastPivot(subject)) forward.cancel(sagaError('SAGA_CANCELLED', { actor, reason }));
  }
}

/** Whether an error only says that this worker is not the one any more. */
export function isGivenUp(error: unknown): boolean {
  return TuttiError.is(error, 'SAGA_FENCED') || TuttiError.is(error, 'SAGA_RELEASED');
}

/** The saga's time is over: it goes forward no more. */
export function expire({ forward, saga }: Pick<RunSubject, 'forward' | 'saga'>): void {
  forward.cancel(sagaError('SAGA_TIMEOUT', { saga: saga.name }));
}
