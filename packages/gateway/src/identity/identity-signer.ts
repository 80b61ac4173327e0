import { type Call, checkOptions, coreError, type Duration, duration, durationMs, newId, text } from '@tutti/core';
import type { Identity } from '../authentication/authenticator.ts';
import { type IdentityKey, identityKey, signerOf } from './identity-key.ts';
import { identityType } from './identity-token.ts';

/** How the gateway tells services who asks, so that they need not believe whoever reaches them. */
export interface IdentityOptions {
  readonly key: IdentityKey;
  /** Tells this key from an earlier one. */
  readonly keyId?: string;
  /** @defaultValue 'tutti-gateway' */
  readonly issuer?: string;
  /** From 1 s on; how long a request can be on its way, queues included. @defaultValue '30s' */
  readonly lifetime?: Duration;
}

export const identityDefaults = { issuer: 'tutti-gateway', lifetime: '30s' } as const;

/** Signs who asks, for one service and once: each token has an id of its own. */
export type IdentitySigner = (identity: Identity, serviceName: string, call: Call) => string;

/** @throws INVALID_OPTIONS naming the path. */
export function identitySigner(options: IdentityOptions, path: string): IdentitySigner {
  const { key, keyId, issuer, lifetime } = checkOptions(
    path,
    options,
    { required: { key: identityKey }, optional: { keyId: text, issuer: text, lifetime: duration } },
    identityDefaults,
  );
  const seconds = Math.ceil(durationMs(lifetime) / 1_000);
  if (seconds < 1) throw coreError('INVALID_OPTIONS', { path: `${path}.lifetime`, problem: `must be 1s or longer, got '${lifetime}'` });
  const { alg, sign } = signerOf(key, `${path}.key`);
  const header = encoded({ alg, typ: identityType, ...(keyId !== undefined && { kid: keyId }) });
  return ({ principal, tenant, roles, scopes = [] }, serviceName, { runtime }) => {
    const iat = Math.floor(runtime.clock.epoch() / 1_000);
    const scope = scopes.length > 0 && { scope: scopes.join(' ') };
    const claims = { iss: issuer, aud: serviceName, sub: principal, ...(tenant !== undefined && { tenant }), roles, ...scope };
    const content = `${header}.${encoded({ ...claims, iat, exp: iat + seconds, jti: newId(runtime) })}`;
    return `${content}.${sign(content)}`;
  };
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
