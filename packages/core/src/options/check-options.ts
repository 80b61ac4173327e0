import { coreError } from '../errors/core-errors.ts';
import { type Rule, shown } from './rules.ts';

/** A rule for every member of an options object; `required` members may not be missing. */
export interface OptionRules<T> {
  readonly required?: Readonly<Partial<Record<keyof T & string, Rule>>>;
  readonly optional?: Readonly<Partial<Record<keyof T & string, Rule>>>;
}

/**
 * Checks a whole options object and returns it with the defaults filled in. An explicit `undefined` counts as absent.
 * @throws INVALID_OPTIONS naming the path: a missing or wrong member, or one that does not exist.
 */
export function checkOptions<T extends object, D extends Partial<T>>(
  path: string,
  options: T | undefined,
  rules: OptionRules<T>,
  defaults?: D,
): T & Required<Pick<T, keyof D & keyof T>>;
export function checkOptions(
  path: string,
  options: object | undefined,
  rules: { readonly required?: Readonly<Record<string, Rule | undefined>>; readonly optional?: Readonly<Record<string, Rule | undefined>> },
  defaults: object = {},
): object {
  const fail = (at: string, problem: string): never => {
    throw coreError('INVALID_OPTIONS', { path: at, problem });
  };
  if (options !== undefined && (typeof options !== 'object' || options === null)) fail(path, `must be an object, got ${shown(options)}`);
  const { required = {}, optional = {} } = rules;
  const given = Object.fromEntries(Object.entries(options ?? {}).filter(([, value]) => value !== undefined));
  for (const key of Object.keys(required)) if (!(key in given)) fail(`${path}.${key}`, 'is missing');
  for (const [key, value] of Object.entries(given)) {
    const rule = required[key] ?? optional[key];
    if (!rule) fail(`${path}.${key}`, `is not an option; known are ${[...Object.keys(required), ...Object.keys(optional)].join(', ')}`);
    const problem = rule?.(value);
    if (problem?.startsWith('[')) fail(`${path}.${key}${problem.slice(0, problem.indexOf(' '))}`, problem.slice(problem.indexOf(' ') + 1));
    else if (problem) fail(`${path}.${key}`, problem);
  }
  return { ...defaults, ...given };
}
