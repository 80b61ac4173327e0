import { durationProblem } from './duration.ts';

/** Says what is wrong with a value, in words that follow its path ("must be …, got …"); undefined when nothing is. */
export type Rule = (value: unknown) => string | undefined;

/** How a value appears in a message: short, and never a whole object. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value.length > 40 ? `${value.slice(0, 40)}…` : value}'`;
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'function') return 'a function';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

const expect =
  (words: string, holds: (value: unknown) => boolean): Rule =>
  (value) =>
    holds(value) ? undefined : `must be ${words}, got ${shown(value)}`;

export function wholeNumber(range: { readonly min?: number; readonly max?: number } = {}): Rule {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = range;
  const bound = max === Number.MAX_SAFE_INTEGER ? `≥ ${min}` : `from ${min} to ${max}`;
  return expect(`a whole number ${bound}`, (value) => Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max);
}

export function finiteNumber(range: { readonly min?: number; readonly max?: number } = {}): Rule {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = range;
  const bound = max === Number.POSITIVE_INFINITY ? (min === Number.NEGATIVE_INFINITY ? '' : ` ≥ ${min}`) : ` from ${min} to ${max}`;
  return expect(`a number${bound}`, (value) => Number.isFinite(value) && (value as number) >= min && (value as number) <= max);
}

export const text: Rule = expect('a non-empty string', (value) => typeof value === 'string' && value.length > 0);
export const flag: Rule = expect('true or false', (value) => typeof value === 'boolean');
export const callable: Rule = expect('a function', (value) => typeof value === 'function');
export const duration: Rule = durationProblem;

/** Text that every store keeps as it is: half a character would come back as another one, and two names would be one. */
export function wellFormedText(max: number): Rule {
  return (value) =>
    typeof value === 'string' && value.length > 0 && value.length <= max && value.isWellFormed()
      ? undefined
      : `must be well-formed text of 1 to ${max} characters, got ${typeof value === 'string' ? value.length : shown(value)}`;
}

/** An object; with names, one that has these members (an adapter, a component, a catalogue). */
export function objectWith(words: string, ...members: readonly string[]): Rule {
  return (value) => {
    if (typeof value !== 'object' || value === null) return `must be ${words}, got ${shown(value)}`;
    const missing = members.filter((member) => !(member in value));
    return missing.length === 0 ? undefined : `must be ${words}, got ${shown(value)} without ${missing.join(', ')}`;
  };
}

export function oneOf(...values: readonly unknown[]): Rule {
  return expect(values.map(shown).join(' or '), (value) => values.includes(value));
}

/** A string that matches; `words` say what it must be. */
export function matching(words: string, pattern: RegExp): Rule {
  return expect(words, (value) => typeof value === 'string' && pattern.test(value));
}

export function listOf(rule: Rule): Rule {
  return (value) => {
    if (!Array.isArray(value)) return `must be an array, got ${shown(value)}`;
    for (const [index, item] of value.entries()) {
      const problem = rule(item);
      if (problem) return `[${index}] ${problem}`;
    }
    return undefined;
  };
}

export function anyOf(...rules: readonly Rule[]): Rule {
  return (value) => {
    const problems = rules.map((rule) => rule(value));
    return problems.includes(undefined) ? undefined : problems.join(', or ');
  };
}
