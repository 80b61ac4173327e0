import { type CloudEvent, coreError, shown } from '@tutti/core';

type Scalar = string | number | boolean | null;

/** What a member of an event is compared with. Everything that is named must hold. */
export interface FilterOperators {
  readonly gt?: number | string;
  readonly gte?: number | string;
  readonly lt?: number | string;
  readonly lte?: number | string;
  /** Is not this, or none of these. */
  readonly not?: Scalar | readonly Scalar[];
  /** Is there, and not null; or is not. */
  readonly exists?: boolean;
  readonly startsWith?: string;
}

/** A value, one of several values, or operators. */
export type FilterTest = Scalar | readonly Scalar[] | FilterOperators;

type Check = (value: unknown) => boolean;

const isScalar = (value: unknown): value is Scalar =>
  value === null || typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && !Number.isNaN(value));

/** One step of a path: members that every object has are nobody's data. */
const step = /^(?!__proto__$|constructor$|prototype$)[^.]+$/;

/**
 * Compiles tests by dotted path (`data.total`, `subject`) into one that allocates nothing. All must hold.
 * @throws INVALID_OPTIONS naming the path.
 */
export function compileFilter(filter: Readonly<Record<string, unknown>>): (event: CloudEvent) => boolean {
  const tests = Object.entries(filter).map(([path, test]) => {
    const steps = path.split('.');
    if (!steps.every((each) => step.test(each))) throw refused(path, 'must be dotted words, such as data.total');
    return { steps, check: compileTest(path, test) };
  });
  if (tests.length === 0) throw coreError('INVALID_OPTIONS', { path: 'subscribe.filter', problem: 'must test at least one member' });
  return (event) => {
    for (const { steps, check } of tests) if (!check(memberOf(event, steps))) return false;
    return true;
  };
}

/** Own members only; undefined where there is none. */
function memberOf(event: unknown, steps: readonly string[]): unknown {
  let value = event;
  for (const name of steps) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}

function compileTest(path: string, test: unknown): Check {
  if (isScalar(test)) return (value) => value === test;
  if (Array.isArray(test)) {
    const any = setOf(path, test);
    return (value) => any.has(value);
  }
  if (typeof test !== 'object' || Object.keys(test as object).length === 0)
    throw refused(path, `must be a value, a list of values or operators, got ${shown(test)}`);
  const checks = Object.entries(test as object).map(([name, operand]) => operator(path, name, operand));
  return (value) => {
    for (const check of checks) if (!check(value)) return false;
    return true;
  };
}

function operator(path: string, name: string, operand: unknown): Check {
  switch (name) {
    case 'gt':
      return compared(path, name, operand, (value, bound) => value > bound);
    case 'gte':
      return compared(path, name, operand, (value, bound) => value >= bound);
    case 'lt':
      return compared(path, name, operand, (value, bound) => value < bound);
    case 'lte':
      return compared(path, name, operand, (value, bound) => value <= bound);
    case 'not': {
      const none = setOf(`${path}.not`, Array.isArray(operand) ? operand : [operand]);
      return (value) => !none.has(value);
    }
    case 'exists':
      if (typeof operand !== 'boolean') throw refused(`${path}.exists`, `must be true or false, got ${shown(operand)}`);
      return (value) => (value !== undefined && value !== null) === operand;
    case 'startsWith':
      if (typeof operand !== 'string') throw refused(`${path}.startsWith`, `must be a text, got ${shown(operand)}`);
      return (value) => typeof value === 'string' && value.startsWith(operand);
    default:
      throw refused(`${path}.${name}`, 'is no operator: gt, gte, lt, lte, not, exists, startsWith');
  }
}

/** Only like is compared with like: a text is never smaller than a number. */
function compared(path: string, name: string, bound: unknown, holds: (value: number | string, bound: number | string) => boolean): Check {
  if (typeof bound !== 'string' && !(typeof bound === 'number' && !Number.isNaN(bound)))
    throw refused(`${path}.${name}`, `must be a number or a text, got ${shown(bound)}`);
  const kind = typeof bound;
  return (value) => typeof value === kind && holds(value as number | string, bound);
}

function setOf(path: string, values: readonly unknown[]): ReadonlySet<unknown> {
  const wrong = values.findIndex((value) => !isScalar(value));
  if (wrong >= 0) throw refused(`${path}[${wrong}]`, `must be a text, number, boolean or null, got ${shown(values[wrong])}`);
  return new Set(values);
}

const refused = (path: string, problem: string): Error => coreError('INVALID_OPTIONS', { path: `subscribe.filter['${path}']`, problem });
