import { Call } from '@tutti/core';
import { withCode } from '@tutti/core/testing';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { fixedKeys } from './fixed-keys.ts';
import type { KeySet } from './key-set.ts';

const publicKey = async (alg: string): Promise<JWK> => exportJWK((await generateKeyPair(alg, { extractable: true })).publicKey);
const finds = (keys: readonly JWK[], algorithms: readonly string[], header: { alg: string; kid?: string }): Promise<boolean> =>
  fixedKeys({ keys }, algorithms, 'keys')
    .find(header, Call.root())
    .then(
      () => true,
      () => false,
    );

describe('keys that are given', () => {
  it('are a key set', () => {
    for (const wrong of [{ keys: 'none' }, {}, null])
      expect(() => fixedKeys(wrong as unknown as KeySet, ['ES256'], 'jwt.jwks')).toThrowError(
        expect.toSatisfy(withCode('INVALID_OPTIONS')),
      );
  });

  it('must be told apart by the token when several fit', async () => {
    const keys = [
      { ...(await publicKey('ES256')), kid: 'first' },
      { ...(await publicKey('ES256')), kid: 'second' },
    ];
    expect(await finds(keys, ['ES256'], { alg: 'ES256' })).toBe(false);
    expect(await finds(keys, ['ES256'], { alg: 'ES256', kid: 'second' })).toBe(true);
  });

  it('are each for one algorithm: the one they name, the one of their curve, or the first for RSA that is accepted', async () => {
    const [rsa, ec] = [await publicKey('RS256'), await publicKey('ES256')];
    expect(await finds([rsa], ['ES256', 'RS256', 'PS256'], { alg: 'RS256' })).toBe(true);
    expect(await finds([rsa], ['ES256', 'RS256', 'PS256'], { alg: 'PS256' })).toBe(false);
    expect(await finds([rsa], ['PS256', 'RS256'], { alg: 'PS256' })).toBe(true);
    expect(await finds([{ ...rsa, alg: 'PS512' }], ['RS256', 'PS256'], { alg: 'RS256' })).toBe(false);
    expect(await finds([ec], ['ES256', 'ES384'], { alg: 'ES384' })).toBe(false);
  });

  it('are for signatures, and no secrets', async () => {
    const rsa = await publicKey('RS256');
    expect(await finds([{ ...rsa, use: 'enc' }], ['RS256'], { alg: 'RS256' })).toBe(false);
    expect(await finds([{ kty: 'oct', k: 'c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldC0' }], ['RS256'], { alg: 'HS256' })).toBe(false);
  });
});
