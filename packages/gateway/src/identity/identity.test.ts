import { generateKeyPairSync } from 'node:crypto';
import { Call } from '@tutti/core';
import { type TestRuntime, testRuntime } from '@tutti/core/testing';
import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import type { IdentityJwk, IdentityKey } from './identity-key.ts';
import { type IdentityOptions, identitySigner } from './identity-signer.ts';
import { type IdentityVerifierOptions, identityVerifier } from './identity-verifier.ts';

const ed25519 = (): IdentityJwk => generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }) as unknown as IdentityJwk;
const secret = Buffer.alloc(32, 's');
const pair = ed25519();
const { d: _private, ...half } = pair;
const ann = { principal: 'ann', tenant: 'acme', roles: ['member'], scopes: ['docs', 'mail'] };

function setUp(signing: Partial<IdentityOptions> = {}, verifying: Partial<IdentityVerifierOptions> = {}) {
  const runtime: TestRuntime = testRuntime();
  const sign = identitySigner({ key: secret, ...signing }, 'identity');
  const verify = identityVerifier({ key: secret, audience: 'documents', runtime, ...verifying });
  const outcome = (header: Parameters<typeof verify>[0]): unknown => {
    try {
      return verify(header);
    } catch (error) {
      expect(error).toMatchObject({ code: 'GATEWAY_IDENTITY_REFUSED' });
      return (error as { details: { problem: string } }).details.problem;
    }
  };
  return { clock: runtime.clock, outcome, token: (service = 'documents', who = ann) => sign(who, service, Call.root({ runtime })) };
}

describe('who asks', () => {
  it.each<[string, IdentityKey, IdentityKey]>([
    ['a secret', secret, secret],
    ['a key pair of which the service has one half', pair, half],
  ])('reaches the service by %s', (_title, key, known) => {
    const { outcome, token } = setUp({ key }, { key: known });
    expect(outcome(token())).toEqual(ann);
    expect(outcome(token('documents', { principal: 'b', roles: [] } as never))).toEqual({ principal: 'b', roles: [], scopes: [] });
  });

  it('is said for a while, to one service, and by one gateway', async () => {
    const { outcome, token, clock } = setUp();
    expect(outcome(token('mail'))).toBe('it is for another service');
    expect(setUp({ issuer: 'other' }).outcome(setUp({ issuer: 'other' }).token())).toBe('it is of another gateway');
    const early = token();
    await clock.advance(34_999);
    expect(outcome(early)).toEqual(ann);
    await clock.advance(1);
    expect(outcome(early)).toBe('it has expired');
  });

  it('is said once, where that is asked, and is forgotten when it has expired anyway', async () => {
    const { outcome, token, clock } = setUp({}, { once: true, maxSeen: 3 });
    const first = token();
    expect([outcome(first), outcome(first)]).toEqual([ann, 'it was used before']);
    expect([outcome(token()), outcome(token()), outcome(token())]).toEqual([ann, ann, 'it was used before']); // none is forgotten for a new one
    await clock.advance(35_000);
    expect([outcome(first), outcome(token())]).toEqual(['it has expired', ann]);
    expect(setUp().outcome(first)).toEqual(ann); // without it, as often as one likes
  });

  it('may be signed with either key while they are exchanged', () => {
    const { token } = setUp({ key: pair });
    expect(setUp({}, { key: [secret, half] }).outcome(token())).toEqual(ann);
    expect(setUp({}, { key: [ed25519(), secret] }).outcome(token())).toBe('it is not signed with a key of the gateway');
  });

  it('is not believed when anything of it is changed', () => {
    const { outcome, token } = setUp();
    const good = token();
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=';
    for (let index = 0; index < good.length; index++) {
      const other = letters[(letters.indexOf(good[index] ?? '') + 1 + (index % 60)) % letters.length];
      expect(outcome(`${good.slice(0, index)}${other}${good.slice(index + 1)}`)).toBeTypeOf('string');
    }
    for (const wrong of [undefined, [good, good], '', '..', `${good}.`, `${good}=`, ` ${good}`, good.slice(0, -1), good.toLowerCase()])
      expect(outcome(wrong)).toBeTypeOf('string');
  });

  it('is not believed by another kind of token of the same key, another algorithm, or none', async () => {
    const { outcome } = setUp({}, { key: [secret, half] });
    const claims = { iss: 'tutti-gateway', aud: 'documents', sub: 'eve', roles: [], jti: '1', exp: 2_000_000_000 };
    const other = (header: { alg: string; typ?: string }, key: Uint8Array): Promise<string> =>
      new SignJWT(claims).setProtectedHeader(header).sign(key);
    expect(outcome(await other({ alg: 'HS256' }, secret))).toBe('it is a token of another kind');
    expect(outcome(await other({ alg: 'HS256', typ: 'JWT' }, secret))).toBe('it is a token of another kind');
    expect(outcome(await other({ alg: 'HS512', typ: 'tutti-identity+jwt' }, Buffer.alloc(64, 's')))).toBe(
      'it is not signed with a key of the gateway',
    );
    // the public half as if it were a secret
    expect(outcome(await other({ alg: 'HS256', typ: 'tutti-identity+jwt' }, Buffer.from(half.x, 'base64url')))).toContain('not signed');
    const unsigned = [{ alg: 'none', typ: 'tutti-identity+jwt' }, claims].map((part) =>
      Buffer.from(JSON.stringify(part)).toString('base64url'),
    );
    expect(outcome(`${unsigned.join('.')}.`)).toBe('it is not signed with a key of the gateway');
  });
});

describe('a verifier', () => {
  it.each([
    [{ key: Buffer.alloc(31) }, 'identityVerifier.key'],
    [{ key: { kty: 'EC', crv: 'P-256', x: 'x' } }, 'identityVerifier.key'],
    [{ key: { ...half, x: 'AA' } }, 'identityVerifier.key'],
    [{ audience: '' }, 'identityVerifier.audience'],
    [{ maxSeen: 0 }, 'identityVerifier.maxSeen'],
  ])('is refused with %j', (options, path) => {
    expect(() => identityVerifier({ key: secret, audience: 's', ...options } as IdentityVerifierOptions)).toThrowError(
      expect.objectContaining({ code: 'INVALID_OPTIONS', details: expect.objectContaining({ path }) }),
    );
  });
});
