import type { Call, EventDraft, Statement } from '@tutti/core';
import type { StepNode, TxWriter } from '../definition/node.ts';
import type { StepContext, UndoContext } from '../definition/step.ts';
import type { Failure } from '../store/journal-entry.ts';
import type { Journal } from './journal.ts';
import type { SagaState, StepState } from './saga-state.ts';

type Outcome = UndoContext<unknown, unknown, unknown>['outcome'];

/** The saga that an attempt belongs to. */
export interface AttemptSubject {
  readonly input: unknown;
  readonly journal: Journal;
  readonly state: SagaState;
  readonly call: Call;
}

/** What one attempt is given, and what it collects to be written with its outcome. `signal` is made when somebody asks for it. */
export class AttemptContext implements StepContext<unknown, unknown>, TxWriter {
  readonly input: unknown;
  readonly results: Readonly<Record<string, unknown>>;
  readonly sagaId: string;
  readonly idempotencyKey: string;
  readonly fence: number;
  readonly attempt: number;
  readonly drafts: EventDraft[] = [];
  readonly statements: Statement[] = [];
  /** The call of the attempt with its deadline; set right before the step runs. */
  call: Call;

  constructor(subject: AttemptSubject, key: string, attempt: number, results: Readonly<Record<string, unknown>>) {
    this.input = subject.input;
    this.results = results;
    this.sagaId = subject.journal.id;
    this.idempotencyKey = key;
    this.fence = subject.journal.fence;
    this.attempt = attempt;
    this.call = subject.call;
  }

  get signal(): AbortSignal {
    return this.call.signal;
  }

  get tx(): TxWriter {
    return this;
  }

  // A step may take these out of its context, as it does with all else.
  readonly publish = (draft: EventDraft): void => void this.drafts.push(draft);
  readonly write = (sql: string, values: Statement['values'] = [], options: { readonly expectedRows?: number } = {}): void => {
    this.statements.push({ sql, values, ...(options.expectedRows !== undefined && { expectedRows: options.expectedRows }) });
  };
}

/** What an undo is given beside that. */
export class UndoAttemptContext extends AttemptContext implements UndoContext<unknown, unknown, unknown> {
  readonly outcome: Outcome;
  readonly result: unknown;
  readonly failure: Failure & { readonly step: string };

  constructor(
    subject: AttemptSubject,
    key: string,
    attempt: number,
    { step, state }: { readonly step: StepNode; readonly state: StepState },
  ) {
    super(subject, key, attempt, subject.state.results);
    this.outcome = outcomeOf(state);
    this.result = this.outcome === 'done' ? subject.state.results[step.name] : undefined;
    this.failure = subject.state.failure as Failure & { readonly step: string };
  }
}

/** An intent that never got its outcome, or an attempt that was cut off, may have had its effect. */
export function outcomeOf({ deed, result }: StepState): Outcome {
  if (result !== undefined) return 'done';
  return deed.cutOff || deed.open ? 'unknown' : 'failed';
}
