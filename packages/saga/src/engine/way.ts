import type { StepNode, StepRetry } from '../definition/node.ts';
import type { JournalEntry } from '../store/journal-entry.ts';
import type { AttemptContext } from './step-context.ts';

/** The deed of a step, or its undo: what is noted on the way, and under which names it is written. */
export interface Way {
  readonly intent: JournalEntry['what'];
  readonly done: JournalEntry['what'];
  readonly failedOnce: JournalEntry['what'];
  readonly failed: JournalEntry['what'];
  readonly writes: { readonly intent: string; readonly retry: string; readonly outcome: string };
  /** Behind the key of the saga and the step. */
  readonly keySuffix: string;
  retry(step: StepNode): StepRetry;
  timeoutMs(step: StepNode): number;
  totalTimeoutMs(step: StepNode): number | undefined;
  run(step: StepNode, context: AttemptContext): unknown;
}
