/** An error as it is kept: what a person and a program need of it. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  /** Those of the error, when it was one of the kit and they are small. */
  readonly details?: unknown;
}

/** One thing that happened to a saga. The journal of a saga is both its history and its state: state is what the entries add up to. */
export interface JournalEntry {
  /** From 1, without gaps. An entry with a number that is there takes the place of the other: long retries do not grow a journal. */
  readonly seq: number;
  /** Milliseconds since the epoch, by the store's clock as far as the worker knows it. */
  readonly at: number;
  readonly worker: string;
  readonly fence: number;
  readonly what:
    | 'started'
    | 'intent'
    | 'done'
    | 'attempt-failed'
    | 'failed'
    | 'decided'
    | 'sleeping'
    | 'woke'
    | 'asked'
    | 'compensating'
    | 'undo-intent'
    | 'undone'
    | 'undo-attempt-failed'
    | 'undo-failed'
    | 'undo-skipped'
    | 'stuck'
    | 'completed'
    | 'compensated'
    | 'compensation-failed';
  /** The step, sleep or branch it is about. */
  readonly step?: string;
  /** From 1. */
  readonly attempt?: number;
  /** Of an intent: without its outcome it has no effect, and it is noted only because an attempt before may have gone silent, so that this one counts. */
  readonly onlyCounts?: boolean;
  /** Written by the codec: what the step returned. */
  readonly result?: string;
  readonly failure?: Failure;
  /** The attempt was cut off, so nobody knows whether it had its effect. */
  readonly cutOff?: boolean;
  /** Nothing is done about it before: milliseconds since the epoch, by the store's clock. */
  readonly until?: number;
  /** Of a decision: whether the branch is taken. */
  readonly taken?: boolean;
  /** Of a request: what was asked, by whom and why. */
  readonly request?: { readonly verb: string; readonly actor: string; readonly reason: string };
}
