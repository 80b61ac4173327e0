import type { Identity } from '../authentication/authenticator.ts';
import type { Authorization } from './authorization-rule.ts';
import type { Grants } from './role-permissions.ts';

/** Why somebody may not. */
export interface Denial {
  readonly problem: string;
  /** What credentials would have to be given out for. */
  readonly scopes?: readonly string[];
}

/** What the decision is made of beside the rule. */
export interface Asking {
  readonly identity: Identity;
  readonly grants: Grants;
  /** The tenant whose host is asked; undefined when it is nobody's. */
  readonly tenantOfHost: string | undefined;
}

/** What data can decide; policies are asked afterwards. Undefined lets in. What is denied names no more than the rule, which is no secret of another user. */
export function denial(rule: Authorization, { identity, grants, tenantOfHost }: Asking): Denial | undefined {
  if (rule === 'authenticated') return undefined;
  const { anyRole, allRoles, permissions, scopes, tenant } = rule;
  const { roles, scopes: held = [] } = identity;
  if (tenant !== undefined && identity.tenant === undefined) return { problem: 'this is for those who belong to a tenant' };
  if (tenant === 'match' && identity.tenant !== tenantOfHost) return { problem: 'this belongs to another tenant' };
  if (anyRole && !anyRole.some((role) => roles.includes(role))) return { problem: 'none of the roles that may do this is yours' };
  if (allRoles && !allRoles.every((role) => roles.includes(role))) return { problem: 'not all of the roles that this needs are yours' };
  if (permissions && !permissions.every((permission) => grants.give(roles, permission)))
    return { problem: 'your roles do not give the permissions that this needs' };
  if (scopes && !scopes.every((scope) => held.includes(scope))) return { problem: 'these credentials were not given out for this', scopes };
  return undefined;
}
