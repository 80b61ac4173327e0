import { coreError, matching } from '@tutti/core';
import type { Node, StepNode } from './node.ts';

/** Every name below these nodes, with the kind of what it names. */
function named(nodes: readonly Node[]): readonly (readonly [name: string, kind: Node['kind']])[] {
  return nodes.flatMap((node): ReturnType<typeof named> => {
    if (node.kind === 'parallel') return named(node.steps);
    const own = [[node.name, node.kind]] as const;
    return node.kind === 'when' ? [...own, ...named(node.nodes), ...named(node.otherwise)] : own;
  });
}

const nameRule = matching('at most 100 letters, digits, _ or -, beginning with a letter', /^[A-Za-z][\w-]{0,99}$/);

/** @throws INVALID_OPTIONS for a name that cannot be part of a key, or that is given already */
export function checkName(path: string, name: string, given: readonly Node[]): void {
  const taken = named(given).find(([other]) => other === name);
  const problem = nameRule(name) ?? (taken && `is the name of another ${taken[1]}`);
  if (problem) throw coreError('INVALID_OPTIONS', { path, problem });
}

export const isPivot = (node: Node): node is StepNode => node.kind === 'step' && node.role === 'pivot';
