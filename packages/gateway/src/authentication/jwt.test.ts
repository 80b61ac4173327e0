import { Call } from '@tutti/core';
import { testRuntime } from '@tutti/core/testing';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { RequestHeaders } from '../http/request-headers.ts';
import { type JwtOptions, jwt } from './jwt.ts';

const issuer = 'https://id.example';
const runtime = testRuntime();
const call = Call.root({ runtime });
const nowSeconds = runtime.clock.epoch() / 1_000;
const { publicKey, privateKey } = await generateKeyPair('EdDSA', { extractable: true });
const jwks = { keys: [await exportJWK(publicKey)] };
const claims = { iss: issuer, sub: 'ann', exp: nowSeconds + 60, tenant: 'acme', roles: ['member'] };
const token = await new SignJWT(claims).setProtectedHeader({ alg: 'EdDSA' }).sign(privateKey);
const ask = (options: JwtOptions, ...values: readonly string[]) =>
  jwt(options).authenticate(new RequestHeaders(values.flatMap((value) => ['Authorization', value])), call);

describe('a bearer token', () => {
  it('says who asks', async () => {
    for (const scheme of ['Bearer', 'bearer', 'BEARER'])
      expect(await ask({ issuer, jwks }, `${scheme} ${token}`)).toEqual({ principal: 'ann', tenant: 'acme', roles: ['member'], scopes: [] });
  });

  it('is left to others when there is none, or credentials of another kind', async () => {
    expect(await ask({ issuer, jwks })).toBeUndefined();
    expect(await ask({ issuer, jwks }, 'Basic eA==')).toBeUndefined();
    expect(await ask({ issuer, jwks }, `Bearer ${token}`, 'Basic eA==')).toBeUndefined();
  });

  it.each([
    'Bearer',
    'Bearer ',
    `Bearer  ${token}`,
    `Bearer ${token} `,
    `Bearer ${token}, Bearer ${token}`,
    `Bearer ${token.slice(0, -4)}AAAA`,
  ])('is refused as %j', async (value) => {
    await expect(ask({ issuer, jwks }, value)).rejects.toMatchObject({
      code: 'GATEWAY_UNAUTHENTICATED',
      details: { challenges: [expect.stringContaining('error="invalid_token"')] },
    });
  });

  it('is refused for an audience that is not its own', async () => {
    await expect(ask({ issuer, jwks, audience: 'api' }, `Bearer ${token}`)).rejects.toMatchObject({
      details: { problem: 'the token is for another audience' },
    });
  });

  it('may be signed with a secret where one is given, and only there', async () => {
    const secret = Buffer.alloc(32, 'k');
    const hs = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(secret);
    expect(await ask({ issuer, secret }, `Bearer ${hs}`)).toMatchObject({ principal: 'ann' });
    await expect(ask({ issuer, secret }, `Bearer ${token}`)).rejects.toMatchObject({
      details: { problem: expect.stringContaining('algorithm') },
    });
    await expect(ask({ issuer, jwks }, `Bearer ${hs}`)).rejects.toMatchObject({
      details: { problem: expect.stringContaining('algorithm') },
    });
  });
});

describe('the options', () => {
  it.each([
    [{ issuer }, 'jwt.jwks'],
    [{ issuer, jwks, secret: Buffer.alloc(32) }, 'jwt.jwks'],
    [{ issuer, jwks: {} }, 'jwt.jwks'],
    [{ issuer, jwks: { keys: 7 } }, 'jwt.jwks'],
    [{ issuer: '', jwks }, 'jwt.issuer'],
    [{ issuer, secret: Buffer.alloc(31) }, 'jwt.secret'],
    [{ issuer, jwks, algorithms: ['HS256'] }, 'jwt.algorithms[0]'],
    [{ issuer, jwks, algorithms: ['none'] }, 'jwt.algorithms[0]'],
    [{ issuer, jwks, clockSkew: 5 }, 'jwt.clockSkew'],
    [{ issuer, jwks, leeway: '5s' }, 'jwt.leeway'],
  ])('%# are refused by path', (options, path) => {
    expect(() => jwt(options as JwtOptions)).toThrowError(
      expect.objectContaining({ code: 'INVALID_OPTIONS', details: expect.objectContaining({ path }) }),
    );
  });
});
