import { type Call, isRetryable, TuttiError } from '@tutti/core';
import type { StepNode } from '../definition/node.ts';
import { sagaError } from '../errors.ts';
import type { Failure } from '../store/journal-entry.ts';
import { failureOf } from './failure-of.ts';
import type { Note } from './note.ts';
import { writePayload } from './payload-codec.ts';
import type { RunSubject } from './run-subject.ts';
import type { Progress } from './saga-state.ts';
import { settled } from './settled.ts';
import type { AttemptContext } from './step-context.ts';
import type { Way } from './way.ts';

/** A step, or its undo, failed for good. */
export class GaveUp extends Error {
  readonly step: string;
  readonly failure: Failure;
  /** Some attempt was cut off: nobody knows whether its effect is there. */
  readonly cutOff: boolean;
  /** The last attempt said itself that it failed, and that trying again cannot help. */
  readonly said: boolean;

  constructor(step: string, failure: Failure, cutOff: boolean, said: boolean) {
    super(`${step} failed`);
    this.step = step;
    this.failure = failure;
    this.cutOff = cutOff;
    this.said = said;
  }
}

export interface Trial {
  readonly step: StepNode;
  readonly way: Way;
  /** Cancelled when it is to be tried no more. */
  readonly call: Call;
  /** Cancelled when no attempt is to follow one of which it is known that it failed. */
  readonly between?: Call;
  readonly progress: () => Progress | undefined;
  readonly context: (key: string, attempt: number) => AttemptContext;
}

/**
 * Tries until it is done: intent, attempt, outcome. An intent is durable before the attempt begins; a step that needs none has one after a
 * take-over. The outcome of a deed is noted and goes out with the next write, whatever that is, as nothing happens in between.
 * @throws GaveUp; Parked; the reason of the cancellation; SAGA_FENCED and what else a write throws
 */
export async function tryUntilDone(subject: RunSubject, trial: Trial): Promise<void> {
  const { journal, pauses, time } = subject;
  const { step, way, call, between, progress } = trial;
  const { maxAttempts, backoff } = way.retry(step);
  const totalMs = way.totalTimeoutMs(step);
  const key = `${journal.id}/${step.name}${way.keySuffix}`;
  const handler = subject.handlers.of(step, way);
  const beganAt = time.now();
  for (;;) {
    const before = progress();
    const unsure = before !== undefined && (before.open || before.cutOff);
    if (before?.until !== undefined) await pauses.wait(before.until, call);
    if (between?.cancelled && !unsure) throw between.reason;
    const attempt = (before?.attempts ?? 0) + 1;
    if (attempt > maxAttempts) {
      const error = sagaError('SAGA_STEP_SILENT', { step: step.name, attempts: attempt - 1 });
      return giveUp(subject, trial, { error, attempt: attempt - 1, cutOff: before?.open === true });
    }
    const endsAt = totalMs === undefined ? undefined : (before?.since ?? beganAt) + totalMs;
    if (endsAt !== undefined && time.now() >= endsAt) {
      return giveUp(subject, trial, { error: outOfTime(step, totalMs as number), attempt: attempt - 1, cutOff: before?.open === true });
    }
    if (call.cancelled) throw call.reason;
    if (step.intent || subject.isTakenOver) {
      // it may take the place of the intent whose outcome nobody knows
      journal.note({
        what: way.intent,
        step: step.name,
        attempt,
        ...(unsure && { cutOff: true }),
        ...(!step.intent && { onlyCounts: true }),
      });
      await journal.write(way.writes.intent);
      if (call.cancelled) throw call.reason; // while it was written; the intent stays, and with it the undo
    } else if (journal.isNew) await journal.write('start');
    const tried = call.child({ attempt, idempotencyKey: key, ...(endsAt !== undefined && { deadline: deadlineAt(subject, endsAt) }) });
    const context = trial.context(key, attempt);
    let ran = false;
    try {
      const result = await settled(handler(context, tried), subject.call);
      ran = !step.tx; // what it did outside is done, whatever becomes of what it returned
      await finish(subject, trial, context, result, attempt);
      return;
    } catch (thrown) {
      if (subject.call.cancelled) throw subject.call.reason;
      if (TuttiError.is(thrown, 'SAGA_FENCED')) throw thrown;
      if (call.cancelled) return giveUp(subject, trial, { error: call.reason, attempt, cutOff: !step.tx });
      const error = TuttiError.is(thrown, 'DEADLINE_EXCEEDED') && endsAt !== undefined ? outOfTime(step, totalMs as number) : thrown;
      // of a tx nothing is there without its outcome
      const cutOff = ran || (!step.tx && (TuttiError.is(error, 'TIMEOUT') || TuttiError.is(error, 'SAGA_STEP_TIMEOUT')));
      if (!isRetryable(error) || attempt >= maxAttempts)
        return giveUp(subject, trial, { error, attempt, cutOff, said: !isRetryable(error) });
      const until = Math.ceil(time.now() + backoff.delayMs(attempt, call.runtime.random));
      subject.counter.retried(subject.saga.name, step.name);
      journal.note({
        what: way.failedOnce,
        step: step.name,
        attempt,
        failure: failureOf(error),
        until: endsAt === undefined ? until : Math.min(until, endsAt),
        ...((cutOff || progress()?.cutOff) && { cutOff: true }),
      });
      // a saga that leaves takes this along in the write with which it leaves
      if (!pauses.wouldPark(until)) await journal.write(way.writes.retry);
    } finally {
      tried.release();
    }
  }
}

async function finish(subject: RunSubject, { step, way }: Trial, context: AttemptContext, result: unknown, attempt: number): Promise<void> {
  const { journal, codec, saga } = subject;
  const prepared = subject.events.prepare(subject, step.name, context.drafts, way.done);
  const events = prepared instanceof Promise ? await prepared : prepared;
  const isDeed = way.keySuffix === '';
  const text = isDeed ? writePayload(codec, `the result of '${step.name}'`, result, saga.settings.maxPayloadBytes) : undefined;
  const note: Note = { what: way.done, step: step.name, attempt, ...(text !== undefined && { result: text }) };
  if (context.statements.length > 0) return journal.commit(way.writes.outcome, note, { events, statements: context.statements });
  journal.publish(events);
  journal.note(note);
}

interface End {
  readonly error: unknown;
  readonly attempt: number;
  /** The last attempt was. */
  readonly cutOff?: boolean;
  /** By the step itself. */
  readonly said?: boolean;
}

function giveUp({ journal }: RunSubject, { step, way, progress }: Trial, { error, attempt, cutOff = false, said = false }: End): never {
  const failure = failureOf(error);
  const ambiguous = cutOff || progress()?.cutOff === true;
  journal.note({ what: way.failed, step: step.name, attempt, failure, ...(ambiguous && { cutOff: true }) });
  throw new GaveUp(step.name, failure, ambiguous, said && !cutOff);
}

function outOfTime(step: StepNode, totalTimeoutMs: number): TuttiError {
  return sagaError('SAGA_STEP_TIMEOUT', { step: step.name, totalTimeoutMs });
}

function deadlineAt({ time, call }: RunSubject, endsAt: number): number {
  return call.runtime.clock.now() + time.until(endsAt);
}
