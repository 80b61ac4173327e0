import { type Rule, shown } from '@tutti/core';

/** An object whose values are all strings. */
export const stringRecord: Rule = (value) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return `must be an object of strings, got ${shown(value)}`;
  for (const [key, entry] of Object.entries(value)) {
    if (typeof entry !== 'string') return `must be an object of strings, got ${shown(entry)} under ${shown(key)}`;
  }
  return undefined;
};
