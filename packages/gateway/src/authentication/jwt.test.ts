import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Call } from '@tutti/core';
import { testRuntime } from '@tutti/core/testing';
import fc from 'fast-check';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { describe, expect, it, onTestFinished } from 'vitest';
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
      expect(await ask({ issuer, jwks }, `${scheme} ${token}`)).toEqual({
        principal: 'ann',
        tenant: 'acme',
        roles: ['member'],
        scopes: [],
      });
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

describe('a token that was good before', () => {
  const bearer = (value: string): RequestHeaders => new RequestHeaders(['Authorization', `Bearer ${value}`]);
  const signed = (kid: string, key: CryptoKey): Promise<string> =>
    new SignJWT({ iss: issuer, sub: 'ann', exp: nowSeconds + 3_600 }).setProtectedHeader({ alg: 'EdDSA', kid }).sign(key);

  it('is recalled until it ends, by that authenticator alone', async () => {
    const authenticator = jwt({ issuer, jwks });
    expect(authenticator.recall(bearer(token), call)).toBeUndefined();
    const identity = await authenticator.authenticate(bearer(token), call);
    expect(authenticator.recall(bearer(token), call)).toBe(identity);
    expect(jwt({ issuer, jwks }).recall(bearer(token), call)).toBeUndefined();
    expect(authenticator.recall(bearer(`${token}A`), call)).toBeUndefined();
    expect(authenticator.recall(new RequestHeaders(['Authorization', `Basic ${token}`]), call)).toBeUndefined();
    const later = testRuntime();
    await later.clock.advance(65_000);
    expect(authenticator.recall(bearer(token), Call.root({ runtime: later }))).toBeUndefined();
  });

  it('is never recalled when that is asked, nor when it was bad', async () => {
    const never = jwt({ issuer, jwks, remember: 'never' });
    await never.authenticate(bearer(token), call);
    expect(never.recall(bearer(token), call)).toBeUndefined();
    const other = jwt({ issuer, jwks, audience: 'api' });
    await expect(other.authenticate(bearer(token), call)).rejects.toThrow();
    expect(other.recall(bearer(token), call)).toBeUndefined();
  });

  it('is asked about no key and no signature', async () => {
    const authenticator = jwt({ issuer, jwks });
    await authenticator.authenticate(bearer(token), call);
    const timed = async (times: number, work: () => unknown): Promise<number> => {
      const beganAt = performance.now();
      for (let each = 0; each < times; each++) await work();
      return (performance.now() - beganAt) / times;
    };
    const verifying = await timed(300, () => jwt({ issuer, jwks, remember: 'never' }).authenticate(bearer(token), call));
    const recalling = await timed(3_000, () => authenticator.recall(bearer(token), call));
    expect(recalling).toBeLessThan(verifying / 3);
  });

  it('is not recalled when its key was taken back, by the age of the keys at the latest', async () => {
    const another = await generateKeyPair('EdDSA', { extractable: true });
    const both = [
      { ...(await exportJWK(publicKey)), kid: 'first' },
      { ...(await exportJWK(another.publicKey)), kid: 'second' },
    ];
    let keys = both;
    const authenticator = jwt({ issuer, jwks: async () => ({ keys }), keysMaxAge: '10m' });
    const moving = testRuntime();
    const now = Call.root({ runtime: moving });
    const [old, young] = [await signed('first', privateKey), await signed('second', another.privateKey)];
    await authenticator.authenticate(bearer(old), now);
    keys = both.slice(1);
    await moving.clock.advance(600_001);
    expect(authenticator.recall(bearer(old), now)).toBeUndefined();
    await expect(authenticator.authenticate(bearer(old), now)).rejects.toMatchObject({ code: 'GATEWAY_UNAUTHENTICATED' });
    await authenticator.authenticate(bearer(young), now);
    expect(authenticator.recall(bearer(young), now)).toMatchObject({ principal: 'ann' });
  });
});

describe('a token in which anything was changed', () => {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ ';
  const change = fc.record({
    at: fc.nat(),
    to: fc.constantFrom(...letters),
    manner: fc.constantFrom('replace', 'insert', 'remove', 'cut'),
  });

  it('is neither recalled nor accepted, while the token itself is', async () => {
    const authenticator = jwt({ issuer, jwks });
    await authenticator.authenticate(new RequestHeaders(['Authorization', `Bearer ${token}`]), call);
    await fc.assert(
      fc.asyncProperty(change, async ({ at, to, manner }) => {
        const index = at % token.length;
        const rest = manner === 'cut' ? '' : token.slice(manner === 'insert' ? index : index + 1);
        const other = `${token.slice(0, index)}${manner === 'remove' || manner === 'cut' ? '' : to}${rest}`;
        fc.pre(other !== token);
        const headers = new RequestHeaders(['Authorization', `Bearer ${other}`]);
        expect(authenticator.recall(headers, call)).toBeUndefined();
        await expect(authenticator.authenticate(headers, call)).rejects.toMatchObject({ code: 'GATEWAY_UNAUTHENTICATED' });
      }),
      { numRuns: 1_000 },
    );
    expect(authenticator.recall(new RequestHeaders(['Authorization', `Bearer ${token}`]), call)).toMatchObject({ principal: 'ann' });
  });
});

describe('a token that says where its key is', () => {
  it('has nothing fetched from there', async () => {
    let asked = 0;
    const server = createServer((_request, response) => {
      asked++;
      response.end(JSON.stringify(jwks));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    for (const header of [{ jku: url }, { x5u: url }, { kid: url }, { kid: `../../..${url}` }, { jku: url, kid: 'k', crit: ['jku'] }]) {
      const content = [{ alg: 'EdDSA', ...header }, claims]
        .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
        .join('.');
      const signature = Buffer.from(await crypto.subtle.sign('Ed25519', privateKey, Buffer.from(content))).toString('base64url');
      await expect(ask({ issuer, jwks }, `Bearer ${content}.${signature}`)).rejects.toMatchObject({ code: 'GATEWAY_UNAUTHENTICATED' });
    }
    expect(asked).toBe(0);
    await fetch(url); // that it counts
    expect(asked).toBe(1);
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
    [{ issuer, jwks, remember: 'always' }, 'jwt.remember'],
    [{ issuer, jwks, remember: { maxTokens: 0 } }, 'jwt.remember.maxTokens'],
    [{ issuer, jwks: async () => jwks, keysMaxAge: '1h', keysMaxStale: '59m' }, 'jwt.keysMaxStale'],
  ])('%# are refused by path', (options, path) => {
    expect(() => jwt(options as JwtOptions)).toThrowError(
      expect.objectContaining({ code: 'INVALID_OPTIONS', details: expect.objectContaining({ path }) }),
    );
  });
});
