import type { Backoff, Statement } from '@tutti/core';
import type { StepContext, UndoContext } from './step.ts';

/** How often and how patiently something is tried. */
export interface StepRetry {
  /** Attempts in total, the first included. Whole, ≥ 1. */
  readonly maxAttempts: number;
  readonly backoff: Backoff;
}

/**
 * What a step means for the way back. `compensatable`: undone when the saga fails. `pivot`: once it is done the saga only goes forward.
 * `retriable`: comes after the pivot, tried until it succeeds, never undone.
 */
export type StepRole = 'compensatable' | 'pivot' | 'retriable';

/** A step as the engine runs it, without its types. */
export interface StepNode {
  readonly kind: 'step';
  readonly name: string;
  readonly role: StepRole;
  /** Its statements and its outcome are one commit. */
  readonly tx: boolean;
  /**
   * Whether an intent is durable before it runs. Without one a step must be without effects outside and has no undo, except where `tx`
   * is set: its only effects are in the commit of its outcome, so an undo is armed by that.
   */
  readonly intent: boolean;
  readonly run: (context: StepContext<unknown, unknown> & { readonly tx: TxWriter }) => unknown;
  readonly compensate?: (context: UndoContext<unknown, unknown, unknown> & { readonly tx: TxWriter }) => unknown;
  readonly retry: StepRetry;
  /** Of one attempt. */
  readonly timeoutMs: number;
  /** Of all attempts together, pauses included. */
  readonly totalTimeoutMs?: number;
  readonly undoRetry: StepRetry;
  readonly undoTimeoutMs: number;
}

/** Collects what a step wants to be written together with its outcome. */
export interface TxWriter {
  /**
   * Adds a statement, in the placeholders of the database: `?` in SQLite, `$1` in Postgres. With `expectedRows` another count refuses the
   * whole commit with SAGA_TX_CONFLICT, and the step is tried again.
   */
  write(sql: string, values?: Statement['values'], options?: { readonly expectedRows?: number }): void;
}

export interface ParallelNode {
  readonly kind: 'parallel';
  readonly steps: readonly StepNode[];
}

export interface SleepNode {
  readonly kind: 'sleep';
  readonly name: string;
  readonly durationMs: number;
}

/** Decided once: the decision is a checkpoint. */
export interface WhenNode {
  readonly kind: 'when';
  readonly name: string;
  readonly decide: (context: { readonly input: unknown; readonly results: unknown }) => boolean;
  readonly nodes: readonly Node[];
  readonly otherwise: readonly Node[];
}

export type Node = StepNode | ParallelNode | SleepNode | WhenNode;

/** Every step below these nodes, in the order of the graph. */
export function stepsOf(nodes: readonly Node[]): readonly StepNode[] {
  return nodes.flatMap((node): readonly StepNode[] => {
    if (node.kind === 'step') return [node];
    if (node.kind === 'parallel') return node.steps;
    return node.kind === 'when' ? [...stepsOf(node.nodes), ...stepsOf(node.otherwise)] : [];
  });
}
