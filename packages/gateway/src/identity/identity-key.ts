import { createHmac, createPrivateKey, createPublicKey, type KeyObject, sign, timingSafeEqual, verify } from 'node:crypto';
import { coreError, type Rule } from '@tutti/core';

/**
 * A secret of at least 32 bytes, for HS256; or an Ed25519 key as a JSON Web Key (RFC 8037), for EdDSA: with `d` where it signs; without, it can only verify.
 * With EdDSA a service that is broken into cannot speak as the gateway.
 */
export type IdentityKey = Uint8Array | IdentityJwk;

/** The members that are read; others are ignored. */
export interface IdentityJwk {
  readonly kty: string;
  readonly crv: string;
  readonly x: string;
  readonly d?: string;
}

export const identityKey: Rule = (value) => {
  if (value instanceof Uint8Array) return value.length >= 32 ? undefined : 'must be at least 32 bytes';
  const { kty, crv } = (value ?? {}) as Partial<IdentityJwk>;
  return kty === 'OKP' && crv === 'Ed25519' ? undefined : 'must be at least 32 bytes, or an Ed25519 key as a JSON Web Key';
};

/** @throws INVALID_OPTIONS for a key that does not sign. */
export function signerOf(key: IdentityKey, path: string): { readonly alg: string; readonly sign: (text: string) => string } {
  if (key instanceof Uint8Array) return { alg: 'HS256', sign: (text) => createHmac('sha256', key).update(text).digest('base64url') };
  const privateKey = imported(path, () => createPrivateKey({ key: { ...key }, format: 'jwk' }));
  return { alg: 'EdDSA', sign: (text) => sign(null, Buffer.from(text), privateKey).toString('base64url') };
}

export interface IdentityCheck {
  readonly alg: string;
  readonly fits: (text: string, signature: Buffer) => boolean;
}

/** @throws INVALID_OPTIONS */
export function checkerOf(key: IdentityKey, path: string): IdentityCheck {
  if (key instanceof Uint8Array) {
    const fits = (text: string, signature: Buffer): boolean => {
      const own = createHmac('sha256', key).update(text).digest();
      return own.length === signature.length && timingSafeEqual(own, signature);
    };
    return { alg: 'HS256', fits };
  }
  const { kty, crv, x } = key;
  const publicKey = imported(path, () => createPublicKey({ key: { kty, crv, x }, format: 'jwk' }));
  return { alg: 'EdDSA', fits: (text, signature) => verify(null, Buffer.from(text), publicKey, signature) };
}

function imported(path: string, make: () => KeyObject): KeyObject {
  try {
    return make();
  } catch (cause) {
    throw coreError('INVALID_OPTIONS', { path, problem: 'is not the key that is needed here' }, { cause });
  }
}
