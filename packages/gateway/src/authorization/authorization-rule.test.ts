import { describe, expect, it } from 'vitest';
import { type Authorization, checkAuthorization } from './authorization-rule.ts';
import { Grants, type RolePermissions } from './role-permissions.ts';

describe('a rule for who may', () => {
  it.each<[unknown, string]>([
    [{}, 'at'],
    ['everybody', 'at'],
    ['', 'at'],
    [{ anyRole: [] }, 'at.anyRole'],
    [{ anyRole: 'admin' }, 'at.anyRole'],
    [{ allRoles: [''] }, 'at.allRoles[0]'],
    [{ scopes: ['a b'] }, 'at.scopes[0]'],
    [{ scopes: ['a"'] }, 'at.scopes[0]'],
    [{ scopes: ['a\r\nx: y'] }, 'at.scopes[0]'],
    [{ tenant: 'any' }, 'at.tenant'],
    [{ role: ['admin'] }, 'at.role'],
  ])('is refused as %j', (rule, path) => {
    expect(() => checkAuthorization('at', rule as Authorization)).toThrowError(
      expect.objectContaining({ code: 'INVALID_OPTIONS', details: expect.objectContaining({ path }) }),
    );
  });

  it.each<[unknown, string]>([
    [[], 'at'],
    [7, 'at'],
    [{ admin: 'all' }, "at['admin']"],
    [{ admin: [7] }, "at['admin']"],
  ])('is not made of permissions like %j', (given, path) => {
    expect(() => new Grants(given as RolePermissions, 'at')).toThrowError(
      expect.objectContaining({ code: 'INVALID_OPTIONS', details: expect.objectContaining({ path }) }),
    );
  });
});
