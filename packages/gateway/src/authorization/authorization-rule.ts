import { checkOptions, coreError, listOf, matching, oneOf, text } from '@tutti/core';

/** What must be true of whoever asks, all of it. */
export interface AuthorizationRule {
  /** One of these roles is theirs. */
  readonly anyRole?: readonly string[];
  /** All of these are. */
  readonly allRoles?: readonly string[];
  /** Their roles together give all of these permissions, by the gateway's `rolePermissions`. */
  readonly permissions?: readonly string[];
  /** Their credentials were given out for all of these scopes. */
  readonly scopes?: readonly string[];
  /** `'required'`: they belong to a tenant. `'match'`: to the one whose host is asked, by the gateway's `tenants`. */
  readonly tenant?: 'required' | 'match';
  /** Each of these policies of the gateway says yes. */
  readonly policies?: readonly string[];
}

/** Who may: by a rule, or everybody who is authenticated. */
export type Authorization = 'authenticated' | AuthorizationRule;

/** As written in a challenge, between quotes and blanks (RFC 6749, section 3.3). */
const scope = matching('a scope of RFC 6749: printable, without blanks, quotes and backslashes', /^[\x21\x23-\x5b\x5d-\x7e]+$/);

/** @throws INVALID_OPTIONS naming the path: also for a rule that asks nothing, as it would let everybody in who was thought to be kept out. */
export function checkAuthorization(path: string, given: Authorization): Authorization {
  if (given === 'authenticated') return given;
  if (typeof given === 'string') throw coreError('INVALID_OPTIONS', { path, problem: `must be 'authenticated' or a rule` });
  const checked = checkOptions(path, given, {
    optional: {
      anyRole: listOf(text),
      allRoles: listOf(text),
      permissions: listOf(text),
      scopes: listOf(scope),
      tenant: oneOf('required', 'match'),
      policies: listOf(text),
    },
  });
  const empty = Object.entries(checked).find(([, asked]) => asked.length === 0);
  if (empty) throw coreError('INVALID_OPTIONS', { path: `${path}.${empty[0]}`, problem: 'must name at least one' });
  if (Object.keys(checked).length === 0)
    throw coreError('INVALID_OPTIONS', { path, problem: `must ask for something; 'authenticated' lets everybody in who is known` });
  return Object.freeze({ ...checked });
}
