import { createHash } from 'node:crypto';
import type { Node, StepNode, StepRole } from './node.ts';
import type { SagaSettings } from './saga-settings.ts';

export interface StepDescription {
  readonly kind: 'step';
  readonly name: string;
  readonly role: StepRole;
  /** Whether it can be undone. */
  readonly undo: boolean;
  /** Whether its effects and its outcome are one commit. */
  readonly tx: boolean;
}

export type NodeDescription =
  | StepDescription
  | { readonly kind: 'parallel'; readonly steps: readonly StepDescription[] }
  | { readonly kind: 'sleep'; readonly name: string; readonly durationMs: number }
  | {
      readonly kind: 'when';
      readonly name: string;
      readonly nodes: readonly NodeDescription[];
      readonly otherwise: readonly NodeDescription[];
    };

/** A saga as plain JSON: its graph and what holds for the whole of it, without its code. */
export interface SagaDescription {
  readonly name: string;
  readonly fingerprint: string;
  readonly nodes: readonly NodeDescription[];
  /** The types of the events that start it. */
  readonly startsOn: readonly string[];
  readonly timeoutMs?: number;
  /** What happens while another saga has its key; absent where sagas may overlap. */
  readonly whenLocked?: 'queue' | 'reject' | 'join';
  readonly lockWaitMs?: number;
  readonly onUndoFailure: 'continue' | 'halt';
  readonly maxPayloadBytes: number;
  readonly redact: readonly string[];
}

export function describeSaga(name: string, graph: readonly Node[], settings: SagaSettings): SagaDescription {
  const nodes = graph.map(describeNode);
  const { timeoutMs, lock, onUndoFailure, maxPayloadBytes, redact, starts } = settings;
  return {
    name,
    fingerprint: fingerprintOf(name, nodes),
    nodes,
    startsOn: starts.map(({ type }) => type),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(lock && { whenLocked: lock.whenLocked, ...(lock.waitMs !== undefined && { lockWaitMs: lock.waitMs }) }),
    onUndoFailure,
    maxPayloadBytes,
    redact,
  };
}

function describeNode(node: Node): NodeDescription {
  switch (node.kind) {
    case 'step':
      return describeStep(node);
    case 'parallel':
      return { kind: 'parallel', steps: node.steps.map(describeStep) };
    case 'sleep':
      return { kind: 'sleep', name: node.name, durationMs: node.durationMs };
    case 'when':
      return { kind: 'when', name: node.name, nodes: node.nodes.map(describeNode), otherwise: node.otherwise.map(describeNode) };
  }
}

const describeStep = ({ name, role, compensate, tx }: StepNode): StepDescription => ({
  kind: 'step',
  name,
  role,
  undo: compensate !== undefined,
  tx,
});

/**
 * A hash of the graph: names, kinds, roles, what can be undone, and what comes after what. Code, patience, durations and settings are
 * no part of it, and neither is the order in which the steps of a parallel group are written.
 */
function fingerprintOf(name: string, nodes: readonly NodeDescription[]): string {
  const graph = JSON.stringify([name, nodes.map(edgesOf)]);
  return createHash('sha256').update(graph).digest('hex').slice(0, 16);
}

type Edges = readonly (string | boolean | readonly Edges[])[];

function edgesOf(node: NodeDescription): Edges {
  switch (node.kind) {
    case 'step':
      return [node.tx ? 'tx' : 'step', node.name, node.role, node.undo];
    case 'parallel':
      return ['parallel', node.steps.toSorted((one, other) => (one.name < other.name ? -1 : 1)).map(edgesOf)];
    case 'sleep':
      return ['sleep', node.name];
    case 'when':
      return ['when', node.name, node.nodes.map(edgesOf), node.otherwise.map(edgesOf)];
  }
}
