import { coreError } from '../errors/core-errors.ts';
import type { Component } from './component.ts';

/** A part of a system that says itself what must run before it. */
export interface Dependent {
  readonly part: Component;
  readonly needs: readonly Component[];
}

/** A part and its neighbours, both as they were declared. */
export interface PlannedPart {
  readonly part: Component;
  readonly needs: readonly Component[];
  readonly neededBy: readonly Component[];
}

/**
 * The parts in an order in which each comes after what it needs. A part that says nothing needs all that were named before it.
 * @throws INVALID_OPTIONS naming the part: a need that is no part, a part named twice, a circle.
 */
export function planParts(parts: readonly (Component | Dependent)[]): readonly PlannedPart[] {
  const declared = parts.map((entry, index) =>
    'needs' in entry ? entry : { part: entry, needs: parts.slice(0, index).map((other) => ('needs' in other ? other.part : other)) },
  );
  const known = declared.map(({ part }) => part);
  for (const [index, { part, needs }] of declared.entries()) {
    if (known.indexOf(part) !== index) refuse(`[${index}]`, `${part.name} is named twice`);
    const stranger = needs.find((other) => !known.includes(other));
    if (stranger) refuse(`[${index}].needs`, `${stranger.name} is not a part of the system`);
  }
  const ordered: Dependent[] = [];
  const waiting = new Set(declared);
  while (waiting.size > 0) {
    const next = [...waiting].find(({ needs }) => needs.every((other) => ordered.some(({ part }) => part === other)));
    if (!next) refuse('', `must not need each other in a circle: ${[...waiting].map(({ part }) => part.name).join(', ')}`);
    else {
      waiting.delete(next);
      ordered.push(next);
    }
  }
  return ordered.map(({ part, needs }) => ({
    part,
    needs,
    neededBy: ordered.filter((other) => other.needs.includes(part)).map((other) => other.part),
  }));
}

function refuse(where: string, problem: string): never {
  throw coreError('INVALID_OPTIONS', { path: `system.parts${where}`, problem });
}
