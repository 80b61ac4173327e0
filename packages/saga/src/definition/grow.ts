import { callable, coreError, type Duration } from '@tutti/core';
import { type AnyStepOptions, checkStep } from './check-step.ts';
import { checkName, isPivot } from './graph.ts';
import type { Node, SleepNode, StepNode, StepRole, WhenNode } from './node.ts';
import { wholeMs } from './time-rules.ts';

/** Where nodes are added. */
export interface Place {
  /** `saga.` and its name: begins the path in errors. */
  readonly path: string;
  readonly inside: 'saga' | 'when' | 'parallel';
  /** What is outside of it and has names that are taken. */
  readonly outer: readonly Node[];
  /** Whether the pivot came before. */
  readonly forward: boolean;
}

/** What adds nodes, without its types: each member checks what it is given and goes on with one node more. */
export interface Growing<Next> {
  step(name: string, options: AnyStepOptions): Next;
  tx(name: string, options: AnyStepOptions): Next;
  pivot(name: string, options: AnyStepOptions): Next;
  sleep(name: string, time: Duration): Next;
  parallel(build: unknown): Next;
  when(name: string, decide: unknown, then: unknown, otherwise?: unknown): Next;
}

/** @throws INVALID_OPTIONS from each member, with the path of what is wrong */
export function growing<Next>(place: Place, nodes: readonly Node[], next: (nodes: readonly Node[]) => Next): Growing<Next> {
  const { path, outer, forward, inside } = place;
  const taken = [...outer, ...nodes];
  const add = (node: Node): Next => next([...nodes, Object.freeze(node)]);
  const named = (name: string, kind: 'step' | 'tx' | 'pivot' | 'sleep' | 'when'): string => {
    const at = `${path}.${name}`;
    checkName(at, name, taken);
    if (inside === 'parallel' && kind !== 'step') refuse(at, `is a ${kind}; side by side there are only steps`);
    return at;
  };
  const step = (name: string, options: AnyStepOptions, kind: { readonly role: StepRole; readonly tx: boolean }): Next =>
    add(checkStep(named(name, kind.tx ? 'tx' : 'step'), name, options, kind));
  const role = forward ? 'retriable' : 'compensatable';
  return {
    step: (name, options) => step(name, options, { role, tx: false }),
    tx: (name, options) => step(name, options, { role, tx: true }),
    pivot(name, options) {
      const at = named(name, 'pivot');
      if (inside !== 'saga') refuse(at, `is a pivot inside a ${inside}; it must be where it cannot be passed by`);
      if (nodes.some(isPivot)) refuse(at, 'is a second pivot');
      return step(name, options, { role: 'pivot', tx: options?.tx === true });
    },
    sleep(name, time) {
      const node: SleepNode = { kind: 'sleep', name, durationMs: wholeMs(time, named(name, 'sleep')) };
      return add(node);
    },
    parallel(build) {
      const at = `${path}.parallel`;
      if (inside === 'parallel') refuse(at, 'is inside another one; side by side there are only steps');
      return add({
        kind: 'parallel',
        steps: grownBy(at, build, { path, outer: taken, forward, inside: 'parallel' }) as readonly StepNode[],
      });
    },
    when(name, decide, then, otherwise) {
      const at = named(name, 'when');
      const problem = callable(decide);
      if (problem) refuse(`${at}.decide`, problem);
      const when: WhenNode = { kind: 'when', name, decide: decide as WhenNode['decide'], nodes: [], otherwise: [] };
      const way = (of: string, build: unknown, before: readonly Node[]): readonly Node[] =>
        grownBy(`${at}.${of}`, build, { path, outer: [...taken, when, ...before], forward, inside: 'when' });
      const one = way('then', then, []);
      return add({ ...when, nodes: one, otherwise: otherwise === undefined ? [] : way('otherwise', otherwise, one) });
    },
  };
}

/** How a callback's answer is known for what it must be. */
const grown: unique symbol = Symbol('nodes');

interface Grown extends Growing<Grown> {
  readonly [grown]: readonly Node[];
}

/** The nodes that a callback adds. It gives back what its last step gave, so nothing is added behind its back. */
function grownBy(path: string, build: unknown, place: Place): readonly Node[] {
  const problem = callable(build);
  if (problem) refuse(path, problem);
  const from = (nodes: readonly Node[]): Grown => Object.freeze({ ...growing(place, nodes, from), [grown]: Object.freeze(nodes) });
  const answer = (build as (begin: Grown) => Partial<Grown> | undefined)(from([]));
  const nodes = answer?.[grown] ?? refuse(path, 'must return what its last step gave');
  return nodes.length > 0 ? nodes : refuse(path, 'has no steps');
}

function refuse(path: string, problem: string): never {
  throw coreError('INVALID_OPTIONS', { path, problem });
}
