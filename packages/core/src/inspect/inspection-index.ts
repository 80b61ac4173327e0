import { coreError } from '../errors/core-errors.ts';
import type { Inspectable, InspectableAction } from '../ports/inspectable.ts';

export const inspectionRoot = '/inspect/v1';

/** What there is to look at and to do, as `GET /inspect/v1` tells it. */
export interface InspectionIndex {
  readonly features: readonly {
    readonly feature: string;
    readonly resources: readonly { readonly name: string; readonly href: string }[];
    readonly actions: readonly {
      readonly name: string;
      readonly destructive: boolean;
      readonly href: string;
      /** JSON Schema of the details; `{}` where the schema cannot be shown, absent where the action takes none. */
      readonly details?: Readonly<Record<string, unknown>>;
    }[];
  }[];
}

export function inspectionIndex(inspectables: readonly Inspectable[]): InspectionIndex {
  return {
    features: inspectables.map((inspectable) => {
      const { feature } = inspectable;
      const root = `${inspectionRoot}/${encodeURIComponent(feature)}`;
      return {
        feature,
        resources: inspectable.resources().map(({ name }) => ({ name, href: `${root}/${encodeURIComponent(name)}` })),
        actions: inspectable.actions().map((action) => ({
          name: action.name,
          destructive: action.destructive,
          href: `${root}/actions/${encodeURIComponent(action.name)}`,
          ...(action.details && { details: jsonSchemaOf(action.details) }),
        })),
      };
    }),
  };
}

/** As far as the schema can describe itself (Standard JSON Schema, version 1). */
function jsonSchemaOf(schema: NonNullable<InspectableAction['details']>): Readonly<Record<string, unknown>> {
  const standard = schema['~standard'] as {
    readonly jsonSchema?: { input(options: { readonly target: string }): Record<string, unknown> };
  };
  try {
    return standard.jsonSchema?.input({ target: 'draft-2020-12' }) ?? {};
  } catch {
    return {}; // by its contract it may throw where a part has no JSON Schema
  }
}

/** @throws INVALID_OPTIONS for names that could not be told apart in a URL. */
export function checkNames(path: string, inspectables: readonly Inspectable[]): void {
  const unique = (what: string, names: readonly string[]): void => {
    for (const [index, name] of names.entries()) {
      const problem = name === '' ? 'has no name' : names.indexOf(name) < index ? `is there twice: ${name}` : undefined;
      if (problem) throw coreError('INVALID_OPTIONS', { path, problem: `${what} ${problem}` });
    }
  };
  unique(
    'a feature',
    inspectables.map(({ feature }) => feature),
  );
  for (const inspectable of inspectables) {
    const resources = inspectable.resources().map(({ name }) => name);
    unique(`a resource of ${inspectable.feature}`, [...resources, 'actions']);
    unique(
      `an action of ${inspectable.feature}`,
      inspectable.actions().map(({ name }) => name),
    );
  }
}
