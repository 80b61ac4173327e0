import type { AnySaga } from '../definition/saga-definition.ts';
import type { PayloadCodec } from '../engine/payload-codec.ts';
import { SagaState, type StepState } from '../engine/saga-state.ts';
import { outcomeOf } from '../engine/step-context.ts';
import type { Failure, JournalEntry } from '../store/journal-entry.ts';
import { isOver, isParked, type SagaRecord, type SagaStatus } from '../store/saga-record.ts';
import { redacted } from './redact.ts';

export interface StepView {
  readonly step: string;
  /** The order in which intents were made, from 1. */
  readonly order: number;
  readonly status: 'intended' | 'done' | 'failed' | 'undoing' | 'undone' | 'undo_failed' | 'undo_skipped';
  /** What an undo is or would be told of it. */
  readonly outcome: 'done' | 'failed' | 'unknown';
  readonly attempts: number;
  readonly undoAttempts: number;
  readonly failure?: Failure;
  readonly result?: unknown;
}

/** Something an operator may ask of a saga now, and what it would do. */
export interface LegalVerb {
  readonly verb: 'cancel' | 'retry' | 'skip';
  readonly step?: string;
  readonly effect: string;
}

/** What is known of one saga. */
export interface SagaView {
  readonly id: string;
  readonly saga: string;
  readonly status: SagaStatus;
  readonly fingerprint: string;
  readonly createdAt: number;
  readonly endedAt?: number;
  readonly deadline?: number;
  readonly lockKey?: string;
  /** Whose call started it. */
  readonly tenant?: string;
  /** Who holds it, and under which fence. */
  readonly worker?: string;
  readonly fence: number;
  /** Why it is or was undone, or is stuck. */
  readonly failure?: Failure & { readonly step: string };
  /** It does nothing before: a sleep, a pause between attempts, or its turn at the business key. */
  readonly waiting?: { readonly for: 'timer' | 'attempt' | 'key'; readonly step?: string; readonly until?: number };
  readonly input: unknown;
  readonly steps: readonly StepView[];
  /** What can be asked of it. */
  readonly verbs: readonly LegalVerb[];
}

/** One thing that happened, with its result as the step gave it. */
export interface HistoryEntry extends Omit<JournalEntry, 'result'> {
  readonly result?: unknown;
}

/** Inputs, results and details are shown without what the definition says is secret. */
export function viewOf(record: SagaRecord, codec: PayloadCodec, saga: AnySaga | undefined): SagaView {
  const state = new SagaState(codec, record.entries);
  const secrets = saga?.settings.redact ?? [];
  const { id, saga: name, status, fingerprint, createdAt, endedAt, deadline, lockKey, owner, fence, call } = record;
  const [waiting, until] = [waitingOf(record, state), dueTime(record)];
  return {
    id,
    saga: name,
    status,
    fingerprint,
    createdAt,
    fence,
    input: redacted(codec.decode(record.input), secrets),
    steps: state.steps.map((step) => stepView(step, state, secrets)),
    verbs: legalVerbs(status, state, saga),
    ...(endedAt !== undefined && { endedAt }),
    ...(deadline !== undefined && { deadline }),
    ...(lockKey !== undefined && { lockKey }),
    ...(call.tenantid !== undefined && { tenant: call.tenantid }),
    ...(owner !== undefined && { worker: owner }),
    ...(state.failure && { failure: redacted(state.failure, secrets) as Failure & { step: string } }),
    ...(waiting && !isOver(status) && !isParked(status) && { waiting: { ...waiting, ...(until !== undefined && { until }) } }),
  };
}

/** When it can be claimed, if it waits for a time. */
export function dueTime({ dueAt }: Pick<SagaRecord, 'dueAt'>): number | undefined {
  return dueAt > 0 && dueAt < Number.MAX_SAFE_INTEGER ? dueAt : undefined;
}

export function historyOf(record: SagaRecord, codec: PayloadCodec, saga: AnySaga | undefined): readonly HistoryEntry[] {
  const secrets = saga?.settings.redact ?? [];
  return record.entries.map(({ result, failure, ...entry }) => ({
    ...entry,
    ...(failure && { failure: redacted(failure, secrets) as Failure }),
    ...(result !== undefined && { result: redacted(codec.decode(result), secrets) }),
  }));
}

function stepView({ step, order, deed, undo, result }: StepState, state: SagaState, secrets: readonly string[]): StepView {
  const failure = undo.failure ?? deed.failure;
  return {
    step,
    order,
    status: statusOf(deed.state, undo.state),
    outcome: outcomeOf({ step, order, deed, undo, ...(result !== undefined && { result }) }),
    attempts: deed.attempts,
    undoAttempts: undo.attempts,
    ...(failure && { failure: redacted(failure, secrets) as Failure }),
    ...(result !== undefined && { result: redacted(state.results[step], secrets) }),
  };
}

function statusOf(deed: StepState['deed']['state'], undo: StepState['undo']['state']): StepView['status'] {
  if (undo === 'none') return deed === 'done' || deed === 'failed' ? deed : 'intended';
  return ({ intended: 'undoing', done: 'undone', failed: 'undo_failed', skipped: 'undo_skipped' } as const)[undo];
}

function waitingOf({ status, owner }: SagaRecord, state: SagaState): { for: 'timer' | 'attempt' | 'key'; step?: string } | undefined {
  if (status === 'queued') return { for: 'key' };
  if (owner !== undefined) return undefined;
  const trying = state.steps.find(({ deed, undo }) => (status === 'compensating' ? undo : deed).until !== undefined);
  return trying ? { for: 'attempt', step: trying.step } : { for: 'timer' };
}

/** What may be asked of a saga in this state, with its effect in words. */
export function legalVerbs(status: SagaStatus, state: SagaState, saga: AnySaga | undefined): readonly LegalVerb[] {
  const isPastPivot = saga?.pivotStep !== undefined && state.step(saga.pivotStep)?.deed.state === 'done';
  if (status === 'queued') return [{ verb: 'cancel', effect: 'ends it with nothing done' }];
  if (status === 'running') return isPastPivot ? [] : [{ verb: 'cancel', effect: 'cancels what is running and undoes what was begun' }];
  if (status === 'stuck') {
    const steps = state.steps.filter(({ deed }) => deed.state === 'failed').map(({ step }) => step);
    const named = steps.length > 0 ? steps.join("', '") : state.failure?.step;
    return [{ verb: 'retry', effect: `tries '${named}' again, with all attempts` }];
  }
  if (status !== 'compensation_failed') return [];
  const failed = state.steps.filter(({ undo }) => undo.state === 'failed').map(({ step }) => step);
  return [
    { verb: 'retry', effect: `tries to undo '${failed.join("', '")}' again, with all attempts` },
    ...failed.map((step) => ({ verb: 'skip' as const, step, effect: `leaves '${step}' as it is and takes it as undone` })),
  ];
}
