import { type Call, compose, type Duration, exponential, isRetryable, sleep, timeout } from '@tutti/core';
import { type Node, type StepNode, stepsOf, type UndoContext } from '../definition/step.ts';
import type { SagaRecord, StepRecord } from '../store/saga-record.ts';
import { failureOf } from './failure-of.ts';
import type { RunSubject } from './run-subject.ts';

/** More patient than a step: what is not undone has to be looked at by somebody. About half a day. */
const patience = { maxAttempts: 150, backoff: exponential({ initial: '1s', max: '5m' }) };
const undoTimeout: Duration = '1m';

/**
 * Undoes every step that was begun, the last first; steps of one parallel group side by side. An undo that fails for good
 * does not keep the earlier ones from being undone, but parks the saga.
 */
export async function undoAll(subject: RunSubject): Promise<void> {
  const { saga, journal, call } = subject;
  for (const node of saga.nodes.toReversed()) await undoNode(subject, node);
  call.throwIfOver('the undo');
  const parked = journal.steps.some(({ status }) => status === 'undo_failed');
  journal.status = parked ? 'compensation_failed' : 'compensated';
  journal.note({ what: parked ? 'compensation-failed' : 'compensated' });
  await journal.write('finish');
}

async function undoNode(subject: RunSubject, node: Node): Promise<void> {
  const { journal } = subject;
  const armed = stepsOf(node).filter(({ name, compensate }) => compensate && isOpen(journal.step(name)));
  const ends = await Promise.allSettled(armed.map((step) => undoStep(subject, step).then(() => journal.write('undo-outcome'))));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

/** Begun, and neither undone nor given up. */
function isOpen(record: StepRecord | undefined): boolean {
  return record !== undefined && record.status !== 'undone' && record.status !== 'undo_failed';
}

async function undoStep(subject: RunSubject, step: StepNode): Promise<void> {
  const { journal, call, saga } = subject;
  const { clock, random } = call.runtime;
  const undo = compose(
    async (outcome: 'done' | 'failed' | 'unknown', inner: Call) => step.compensate?.(undoContextOf(subject, step, inner, outcome)),
    [timeout({ operation: `undo of ${saga.name}.${step.name}`, timeout: undoTimeout })],
  );
  let record = journal.step(step.name) as StepRecord;
  for (;;) {
    if (record.status === 'undoing' && record.wakeAt !== undefined)
      await sleep(clock, Math.max(0, record.wakeAt - clock.epoch()), { signal: call.signal });
    call.throwIfOver(step.name);
    const outcome = outcomeOf(record);
    const { wakeAt: _past, ...begun } = record;
    record = { ...begun, status: 'undoing', undoAttempts: record.undoAttempts + 1, ambiguous: outcome === 'unknown' };
    journal.change(record, { what: 'undo-intent', attempt: record.undoAttempts });
    await journal.write('undo-intent');
    const tried = call.child({ attempt: record.undoAttempts, idempotencyKey: `${journal.id}/${step.name}/undo` });
    try {
      await undo(outcome, tried);
      journal.change({ ...record, status: 'undone' }, { what: 'undone', attempt: record.undoAttempts });
      return;
    } catch (error) {
      if (call.cancelled) throw call.reason;
      const failure = failureOf(error);
      if (!isRetryable(error) || record.undoAttempts >= patience.maxAttempts) {
        journal.change({ ...record, status: 'undo_failed', failure }, { what: 'undo-failed', attempt: record.undoAttempts, failure });
        return;
      }
      record = { ...record, wakeAt: clock.epoch() + patience.backoff.delayMs(record.undoAttempts, random) };
      journal.change(record, { what: 'undo-attempt-failed', attempt: record.undoAttempts, failure });
      await journal.write('undo-retry');
    } finally {
      tried.release();
    }
  }
}

/** An intent that never got its outcome, or an attempt that was cut off, may have had its effect. */
function outcomeOf({ result, ambiguous, status }: StepRecord): 'done' | 'failed' | 'unknown' {
  if (result !== undefined) return 'done';
  return ambiguous || status === 'intended' ? 'unknown' : 'failed';
}

function undoContextOf(
  subject: RunSubject,
  step: StepNode,
  call: Call,
  outcome: 'done' | 'failed' | 'unknown',
): UndoContext<unknown, unknown, unknown> {
  const { input, journal } = subject;
  const { results } = journal;
  return {
    input,
    results,
    sagaId: journal.id,
    idempotencyKey: call.idempotencyKey ?? `${journal.id}/${step.name}/undo`,
    fence: journal.fence,
    attempt: call.attempt,
    call,
    get signal() {
      return call.signal;
    },
    result: outcome === 'done' ? results[step.name] : undefined,
    outcome,
    failure: journal.failure as NonNullable<SagaRecord['failure']>,
  };
}
