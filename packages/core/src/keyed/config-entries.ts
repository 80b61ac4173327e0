import { coreError } from '../errors/core-errors.ts';
import type { TuttiError } from '../errors/tutti-error.ts';
import { type Rule, shown, wellFormedText, wholeNumber } from '../options/rules.ts';
import type { ConfigEntry } from '../ports/config-store.ts';
import { frozenJson } from './json-value.ts';

/** What every config store can be told, whatever it keeps its entries in. */
export interface ConfigLimits {
  /** Entries of a key that are kept, the current one included; older ones go. Whole, from 1 to 1,000. @defaultValue 100 */
  readonly maxHistory?: number;
  /** The largest value, as JSON in UTF-8. Whole, from 16 to 1,048,576. @defaultValue 65,536 */
  readonly maxValueBytes?: number;
}

export const configLimitsDefaults = { maxHistory: 100, maxValueBytes: 65_536 } as const;

export const configLimitsRules: Readonly<Record<keyof ConfigLimits, Rule>> = {
  maxHistory: wholeNumber({ min: 1, max: 1_000 }),
  maxValueBytes: wholeNumber({ min: 16, max: 1_048_576 }),
};

export function configEntry(key: string, revision: number, json: string, actor: string, changedAtMs: number): ConfigEntry {
  return Object.freeze({ key, value: frozenJson(json), revision, actor, changedAt: new Date(changedAtMs).toISOString() });
}

export function conflict(key: string, expectedRevision: number, currentRevision: number): TuttiError {
  return coreError('CONFIG_CONFLICT', { key, expectedRevision, currentRevision });
}

export function notInHistory(key: string, toRevision: number): TuttiError {
  return coreError('INVALID_ARGUMENT', { path: 'toRevision', problem: `must be in the history of ${shown(key)}, got ${toRevision}` });
}

const argumentRules: Readonly<Record<string, Rule>> = {
  key: wellFormedText(512),
  actor: wellFormedText(256),
  expectedRevision: wholeNumber(),
  toRevision: wholeNumber({ min: 1 }),
  limit: wholeNumber({ min: 1, max: 1_000 }),
};

/** @throws INVALID_ARGUMENT naming the first that is wrong. */
export function checkConfigArguments(
  given: Readonly<Partial<Record<'key' | 'actor' | 'expectedRevision' | 'toRevision' | 'limit', unknown>>>,
): void {
  for (const [path, value] of Object.entries(given)) {
    const problem = argumentRules[path]?.(value);
    if (problem) throw coreError('INVALID_ARGUMENT', { path, problem });
  }
}
