import { type Call, compose, isRetryable, sleep, TuttiError, timeout } from '@tutti/core';
import { type Node, type StepContext, type StepNode, stepsOf } from '../definition/step.ts';
import { terminal } from '../errors.ts';
import { failureOf } from './failure-of.ts';
import type { Journal } from './journal.ts';
import type { RunSubject } from './run-subject.ts';
import { undoAll } from './undo.ts';
import { writeResult } from './write-result.ts';

/** A step failed for good. */
class StepFailed extends Error {
  readonly step: string;
  readonly error: unknown;
  constructor(step: string, error: unknown) {
    super(`${step} failed`);
    this.step = step;
    this.error = error;
  }
}

/**
 * Carries one saga on from where it stands to its end, or until its call is cancelled.
 * Before a step runs its intent is durable, and with it its undo; after it, its outcome.
 * @throws the reason of the cancellation, SAGA_FENCED, or the error of the store: then the saga stands where it was written last
 */
export async function runSaga(subject: RunSubject): Promise<void> {
  const { saga, journal, call } = subject;
  if (journal.status === 'running') {
    try {
      for (const node of saga.nodes) await runNode(subject, node);
      journal.status = 'completed';
      journal.note({ what: 'completed' });
      return await journal.write('finish');
    } catch (error) {
      if (!(error instanceof StepFailed)) throw error;
      call.throwIfOver('the saga');
      journal.status = 'compensating';
      journal.failure = { ...failureOf(error.error), step: error.step };
      journal.note({ what: 'compensating', failure: journal.failure, step: error.step });
      await journal.write('failure');
    }
  }
  await undoAll(subject);
}

async function runNode(subject: RunSubject, node: Node): Promise<void> {
  const { journal, call } = subject;
  const open = stepsOf(node).filter(({ name }) => journal.step(name)?.status !== 'done');
  if (node.kind === 'step') {
    for (const step of open) await runStep(subject, step, call);
    return;
  }
  const together = call.child();
  const results = journal.results; // branches see what came before all of them
  const ends = open.map((step) =>
    runStep(subject, step, together, results)
      .then(() => journal.write('outcome'))
      .catch((error: unknown) => {
        together.cancel(error);
        throw error;
      }),
  );
  const failed = (await Promise.allSettled(ends)).flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
  together.release();
  call.throwIfOver('the saga');
  if (failed.length > 0) throw failed.find((error) => error instanceof StepFailed) ?? failed[0];
}

/** Leaves the step done, or throws StepFailed. The outcome goes out with the next write. */
async function runStep(subject: RunSubject, step: StepNode, call: Call, results?: Record<string, unknown>): Promise<void> {
  const { journal, saga } = subject;
  const { clock, random } = call.runtime;
  const earlier = journal.step(step.name);
  if (earlier?.status === 'failed') throw new StepFailed(step.name, earlier.failure);
  // An intent without an outcome is an attempt that a crash cut off.
  let record = earlier ? { ...earlier, ambiguous: earlier.ambiguous || earlier.wakeAt === undefined } : journal.begin(step.name);
  const before = results ?? journal.results;
  const attempt = compose(
    async (_: undefined, inner: Call) => step.run(contextOf(subject, step, inner, before)),
    [timeout({ operation: `${saga.name}.${step.name}`, timeout: step.timeout })],
  );
  for (;;) {
    if (record.wakeAt !== undefined) await sleep(clock, Math.max(0, record.wakeAt - clock.epoch()), { signal: call.signal });
    call.throwIfOver(step.name);
    if (record.attempts >= step.retry.maxAttempts && record.ambiguous) {
      throw fail(journal, step, record, terminal(`${record.attempts} attempts ended without an outcome`));
    }
    const { wakeAt: _past, ...begun } = record;
    record = { ...begun, status: 'intended', attempts: record.attempts + 1 };
    journal.change(record, { what: 'intent', attempt: record.attempts });
    await journal.write('intent');
    const tried = call.child({ attempt: record.attempts, idempotencyKey: `${journal.id}/${step.name}` });
    try {
      const result = await attempt(undefined, tried);
      journal.change({ ...record, status: 'done', result: writeResult(step.name, result) }, { what: 'done', attempt: record.attempts });
      return;
    } catch (error) {
      if (call.cancelled) throw call.reason;
      const cutOff = TuttiError.is(error, 'TIMEOUT');
      record = { ...record, ambiguous: record.ambiguous || cutOff, failure: failureOf(error) };
      if (!isRetryable(error) || record.attempts >= step.retry.maxAttempts) throw fail(journal, step, record, error);
      record = { ...record, wakeAt: clock.epoch() + step.retry.backoff.delayMs(record.attempts, random) };
      journal.change(record, { what: 'attempt-failed', attempt: record.attempts, failure: failureOf(error) });
      await journal.write('retry');
    } finally {
      tried.release();
    }
  }
}

function fail(journal: Journal, step: StepNode, record: Parameters<Journal['change']>[0], error: unknown): StepFailed {
  journal.change(
    { ...record, status: 'failed', failure: failureOf(error) },
    { what: 'failed', attempt: record.attempts, failure: failureOf(error) },
  );
  return new StepFailed(step.name, error);
}

/** What a handler sees. The signal is made when somebody asks for it. */
function contextOf(
  { input, journal }: RunSubject,
  { name }: StepNode,
  call: Call,
  results: Record<string, unknown>,
): StepContext<unknown, unknown> {
  const { id, fence } = journal;
  return {
    input,
    results,
    sagaId: id,
    idempotencyKey: call.idempotencyKey ?? `${id}/${name}`,
    fence,
    attempt: call.attempt,
    call,
    get signal() {
      return call.signal;
    },
  };
}
