import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Identity } from '../authentication/authenticator.ts';
import type { Authorization, AuthorizationRule } from './authorization-rule.ts';
import { denial } from './decide.ts';
import { Grants, type RolePermissions } from './role-permissions.ts';

const grants = new Grants({ viewer: ['read'], editor: ['read', 'write'], clerk: ['sign'] }, 'grants');
const ann: Identity = { principal: 'ann', tenant: 'acme', roles: ['viewer', 'clerk'], scopes: ['docs'] };
const decided = (rule: Authorization, identity: Identity = ann, tenantOfHost?: string) =>
  denial(rule, { identity, grants, tenantOfHost })?.problem ?? 'may';

describe('whoever asks', () => {
  it.each<[Authorization, string]>([
    ['authenticated', 'may'],
    [{ anyRole: ['editor', 'clerk'] }, 'may'],
    [{ anyRole: ['editor'] }, 'none of the roles that may do this is yours'],
    [{ allRoles: ['viewer', 'clerk'] }, 'may'],
    [{ allRoles: ['viewer', 'editor'] }, 'not all of the roles that this needs are yours'],
    [{ permissions: ['read', 'sign'] }, 'may'],
    [{ permissions: ['read', 'write'] }, 'your roles do not give the permissions that this needs'],
    [{ scopes: ['docs'] }, 'may'],
    [{ scopes: ['docs', 'mail'] }, 'these credentials were not given out for this'],
    [{ tenant: 'required' }, 'may'],
    [{ tenant: 'match' }, 'this belongs to another tenant'],
    [{ anyRole: ['clerk'], scopes: ['mail'] }, 'these credentials were not given out for this'],
  ])('by %j: %s', (rule, outcome) => {
    expect(decided(rule)).toBe(outcome);
  });

  it('needs a tenant where that is asked, and that of the host', () => {
    const { tenant: _tenant, ...bob } = ann;
    expect(decided({ tenant: 'required' }, bob)).not.toBe('may');
    expect(decided({ tenant: 'match' }, bob)).not.toBe('may'); // nobody's host is not the host of those without a tenant
    expect(decided({ tenant: 'match' }, ann, 'acme')).toBe('may');
    expect(decided({ tenant: 'match' }, ann, 'evil')).not.toBe('may');
  });

  it('gets nothing from roles that are called as members of objects are', () => {
    for (const role of ['__proto__', 'constructor', 'toString', 'hasOwnProperty'])
      expect(decided({ permissions: ['read'] }, { principal: 'eve', roles: [role] })).not.toBe('may');
  });
});

describe('a decision', () => {
  const names = ['a', 'b', 'c'];
  const some = fc.subarray(names);
  const least = fc.subarray(names, { minLength: 1 });
  const tenant = fc.option(fc.constantFrom('x', 'y'), { nil: undefined });
  const rules: fc.Arbitrary<AuthorizationRule> = fc.record(
    { anyRole: least, allRoles: least, permissions: least, scopes: least, tenant: fc.constantFrom('required' as const, 'match' as const) },
    { requiredKeys: [] },
  );

  /** Every way in which the parts can be satisfied, written out with loops and sets of its own. */
  function mayByHand(rule: AuthorizationRule, identity: Identity, map: RolePermissions, host: string | undefined): boolean {
    const permitted = new Set<string>();
    for (const role of identity.roles) for (const permission of map[role] ?? []) permitted.add(permission);
    let may = true;
    if (rule.anyRole) may &&= names.some((name) => rule.anyRole?.includes(name) && identity.roles.includes(name));
    for (const name of names) {
      if (rule.allRoles?.includes(name)) may &&= identity.roles.includes(name);
      if (rule.permissions?.includes(name)) may &&= permitted.has(name);
      if (rule.scopes?.includes(name)) may &&= identity.scopes?.includes(name) === true;
    }
    if (rule.tenant === 'required') may &&= identity.tenant !== undefined;
    if (rule.tenant === 'match') may &&= identity.tenant !== undefined && identity.tenant === host;
    return may;
  }

  it('is that of a table written out by hand, for any rule, identity and roles (S4)', () => {
    let letIn = 0;
    fc.assert(
      fc.property(rules, some, some, tenant, fc.record({ a: some, b: some, c: some }), tenant, (rule, roles, scopes, mine, map, host) => {
        const identity: Identity = { principal: 'p', roles, scopes, ...(mine !== undefined && { tenant: mine }) };
        const may = denial(rule, { identity, grants: new Grants(map, 'grants'), tenantOfHost: host }) === undefined;
        if (may) letIn++;
        expect(may).toBe(mayByHand(rule, identity, map, host));
      }),
      { numRuns: 20_000 },
    );
    expect(letIn).toBeGreaterThan(500); // a table that lets nobody in would agree with many mistakes
  });

  it('never lets somebody in for asking more of them', () => {
    fc.assert(
      fc.property(rules, rules, some, some, tenant, (rule, more, roles, scopes, mine) => {
        const identity: Identity = { principal: 'p', roles, scopes, ...(mine !== undefined && { tenant: mine }) };
        const asking = { identity, grants: new Grants({ a: ['a'], b: ['b', 'c'] }, 'grants'), tenantOfHost: 'x' };
        const { anyRole: _any, ...narrower } = more;
        const both = { ...rule, ...narrower };
        for (const key of ['allRoles', 'permissions', 'scopes'] as const) {
          const joined = [...(rule[key] ?? []), ...(more[key] ?? [])];
          if (joined.length > 0) both[key] = joined;
        }
        if (rule.tenant === 'match') both.tenant = 'match';
        if (denial(rule, asking)) expect(denial(both, asking)).toBeDefined();
      }),
      { numRuns: 5_000 },
    );
  });
});
