import type { StandardSchemaV1 } from '@standard-schema/spec';
import { callable, coreError, type EventCatalogue, oneOf } from '@tutti/core';
import { describeSaga } from './describe.ts';
import { isPivot } from './graph.ts';
import { growing } from './grow.ts';
import type { Node } from './node.ts';
import type { AnySaga } from './saga-definition.ts';
import type { SagaSettings, SagaStart } from './saga-settings.ts';

/** What a saga is made of. */
export interface SagaParts {
  readonly name: string;
  readonly events: EventCatalogue;
  readonly input: StandardSchemaV1;
  readonly settings: SagaSettings;
  readonly nodes: readonly Node[];
}

/** A builder without its types: EmptySaga, SagaBuilder and ForwardBuilder are views on it. */
export function builderOf(parts: SagaParts): object {
  const { name, nodes, settings, events } = parts;
  const path = `saga.${name}`;
  const place = { path, inside: 'saga', outer: [], forward: nodes.some(isPivot) } as const;
  return Object.freeze({
    ...(nodes.length > 0 && definitionOf(parts, () => undefined)),
    ...growing(place, nodes, (more) => builderOf({ ...parts, nodes: Object.freeze(more) })),
    startOn(type: string, input: unknown) {
      const at = `${path}.startOn`;
      const twice = settings.starts.some((start) => start.type === type) && `begins the saga already: ${type}`;
      const problem = oneOf(...Object.keys(events))(type) ?? (twice || callable(input));
      if (problem) throw coreError('INVALID_OPTIONS', { path: at, problem });
      const start: SagaStart = Object.freeze({ type, input: input as SagaStart['input'] });
      return builderOf({ ...parts, settings: Object.freeze({ ...settings, starts: Object.freeze([...settings.starts, start]) }) });
    },
    returns(output: unknown) {
      const problem = nodes.length === 0 ? 'has no steps' : callable(output);
      if (problem) throw coreError('INVALID_OPTIONS', { path: nodes.length === 0 ? path : `${path}.returns`, problem });
      return Object.freeze(definitionOf(parts, output as AnySaga['output']));
    },
  });
}

function definitionOf({ name, events, input, nodes, settings }: SagaParts, output: AnySaga['output']): AnySaga {
  const describe = () => describeSaga(name, nodes, settings);
  const pivot = nodes.find(isPivot);
  const { fingerprint } = describe();
  return { name, events, input, nodes, settings, fingerprint, output, describe, ...(pivot && { pivotStep: pivot.name }) };
}
