import type { Rule } from '../../options/rules.ts';
import type { Secret } from '../../ports/secret.ts';

/** The rule for a credential; it never shows what it was given. */
export const secretInput: Rule = (value) =>
  (typeof value === 'string' && value.length > 0) ||
  (typeof value === 'object' && value !== null && 'reveal' in value) ||
  typeof value === 'function'
    ? undefined
    : 'must be a non-empty string, a Secret or a function that fetches one';

/** The credential itself; undefined when the function has none. */
export async function revealed(input: string | Secret | (() => Promise<string | Secret | undefined>)): Promise<string | undefined> {
  const value = typeof input === 'function' ? await input() : input;
  const credential = typeof value === 'object' ? value.reveal() : value;
  return credential === '' ? undefined : credential;
}
