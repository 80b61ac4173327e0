import { describe, expect, it } from 'vitest';
import { type ClaimRules, identityOf } from './claims.ts';

const rules: ClaimRules = {
  issuer: 'https://id.example',
  audience: ['api', 'web'],
  skewMs: 5_000,
  tenantClaim: 'tenant',
  rolesClaim: 'roles',
  scopesClaim: 'scope',
};
const nowMs = 1_000_000;
const good = { iss: 'https://id.example', aud: 'api', sub: 'ann', exp: 1_010 };
const read = (claims: object, over: Partial<ClaimRules> = {}) =>
  identityOf(Buffer.from(JSON.stringify({ ...good, ...claims })), { ...rules, ...over }, nowMs);

describe('the claims of a token', () => {
  it('name the principal, the tenant, the roles and the scopes', () => {
    expect(read({ tenant: 'acme', roles: ['admin', 7, 'member'], scope: 'read write' }).identity).toEqual({
      principal: 'ann',
      tenant: 'acme',
      roles: ['admin', 'member'],
      scopes: ['read', 'write'],
    });
    expect(read({}).identity).toEqual({ principal: 'ann', roles: [], scopes: [] });
    expect(
      read({ org: 'acme', groups: 'a b', scp: ['c'] }, { tenantClaim: 'org', rolesClaim: 'groups', scopesClaim: 'scp' }).identity,
    ).toEqual({
      principal: 'ann',
      tenant: 'acme',
      roles: ['a', 'b'],
      scopes: ['c'],
    });
  });

  it('may differ in time by the skew, and not by more', () => {
    expect(() => read({ exp: 995.001 })).not.toThrow();
    expect(() => read({ exp: 995 })).toThrowError(/expired/);
    expect(() => read({ nbf: 1_005 })).not.toThrow();
    expect(() => read({ nbf: 1_005.001 })).toThrowError(/not valid yet/);
    expect(read({ nbf: 999 })).toMatchObject({ from: 994_000, until: 1_015_000 });
  });

  it('are for somebody who is among the audiences, where that is asked', () => {
    expect(() => read({ aud: ['x', 'web'] })).not.toThrow();
    expect(() => read({ aud: undefined }, { audience: undefined })).not.toThrow();
  });

  it.each([
    [{ iss: 'https://id.example/' }, 'is of another issuer'],
    [{ iss: undefined }, 'is of another issuer'],
    [{ aud: 'apix' }, 'is for another audience'],
    [{ aud: undefined }, 'is for another audience'],
    [{ aud: { api: 1 } }, 'is for another audience'],
    [{ exp: undefined }, 'never ends'],
    [{ exp: '9999999999' }, 'has an unreadable exp'],
    [{ nbf: 'now' }, 'has an unreadable nbf'],
    [{ sub: undefined }, 'names nobody'],
    [{ sub: '' }, 'names nobody'],
    [{ sub: 7 }, 'names nobody'],
    [{ sub: '\ud800' }, 'names nobody'],
    [{ tenant: ['acme'] }, 'names no readable tenant'],
    [{ tenant: '' }, 'names no readable tenant'],
  ])('with %j are refused: the token %s', (claims, problem) => {
    expect(() => read(claims)).toThrowError(
      expect.objectContaining({ code: 'GATEWAY_UNAUTHENTICATED', details: expect.objectContaining({ problem: `the token ${problem}` }) }),
    );
  });

  it.each([['[]'], ['null'], ['"sub"'], ['{'], [''], ['{"sub":"\xff"}']])('are refused when they are no claims: %s', (payload) => {
    expect(() => identityOf(Buffer.from(payload, 'latin1'), rules, nowMs)).toThrowError(/holds no claims/);
  });
});
