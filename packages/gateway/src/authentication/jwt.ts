import {
  anyOf,
  callable,
  checkOptions,
  coreError,
  type Duration,
  duration,
  durationMs,
  listOf,
  objectWith,
  oneOf,
  text,
} from '@tutti/core';
import type { Authenticator } from './authenticator.ts';
import { bearerChallenge } from './bad-token.ts';
import { type ClaimRules, identityOf } from './claims.ts';
import { type JwsRules, type KeySource, verifyCompactJws } from './compact-jws.ts';
import { fetchedKeys, fixedKeys, type KeySet } from './key-sources.ts';

export interface JwtOptions {
  /** Must be the token's `iss`. */
  readonly issuer: string;
  /** At least one of these must be in the token's `aud`. Without it any audience is accepted. */
  readonly audience?: string | readonly string[];
  /**
   * The issuer's public keys, or a function that fetches them. A function is called when they are first needed, every ten
   * minutes, and for a key id that is not among them, at most every 30 s; one call serves all who wait.
   */
  readonly jwks?: KeySet | ((signal: AbortSignal) => Promise<KeySet>);
  /** A secret shared with the issuer, of at least 32 bytes; in place of `jwks`, never beside it. */
  readonly secret?: Uint8Array;
  /** @defaultValue ES256, EdDSA and RS256; HS256 with a `secret` */
  readonly algorithms?: readonly JwtAlgorithm[];
  /** By how much the clocks of issuer and gateway may differ. @defaultValue '5s' */
  readonly clockSkew?: Duration;
  /** @defaultValue 'tenant' */
  readonly tenantClaim?: string;
  /** A list, or one string with blanks between. @defaultValue 'roles' */
  readonly rolesClaim?: string;
}

const asymmetric = ['ES256', 'ES384', 'ES512', 'EdDSA', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const;
const symmetric = ['HS256', 'HS384', 'HS512'] as const;
export type JwtAlgorithm = (typeof asymmetric)[number] | (typeof symmetric)[number];

export const jwtDefaults = { clockSkew: '5s', tenantClaim: 'tenant', rolesClaim: 'roles' } as const;

/**
 * Knows who asks by a JSON Web Token in the Authorization header (RFC 6750, 7519). The principal is `sub`.
 * Keys come only from the options: a token that brings one is refused, and so is any algorithm not listed.
 */
export function jwt(options: JwtOptions): Authenticator {
  const checked = checkOptions(
    'jwt',
    options,
    {
      required: { issuer: text },
      optional: {
        audience: anyOf(text, listOf(text)),
        jwks: anyOf(callable, objectWith('a JSON Web Key Set', 'keys')),
        secret: (value) => (value instanceof Uint8Array && value.length >= 32 ? undefined : 'must be at least 32 bytes'),
        algorithms: listOf(oneOf(...(options.secret ? symmetric : asymmetric))),
        clockSkew: duration,
        tenantClaim: text,
        rolesClaim: text,
      },
    },
    jwtDefaults,
  );
  const { issuer, audience, tenantClaim, rolesClaim, clockSkew, secret } = checked;
  const jws: JwsRules = { keys: keySource(checked), algorithms: checked.algorithms ?? (secret ? ['HS256'] : ['ES256', 'EdDSA', 'RS256']) };
  const rules: ClaimRules = {
    issuer,
    audience: audience === undefined ? undefined : [audience].flat(),
    skewMs: durationMs(clockSkew),
    tenantClaim,
    rolesClaim,
  };
  return {
    name: 'jwt',
    challenge: bearerChallenge,
    async authenticate(headers, call) {
      const authorization = headers.single('authorization');
      if (authorization === undefined || !/^bearer(?: |$)/i.test(authorization)) return undefined;
      const payload = await verifyCompactJws(authorization.slice('bearer '.length), jws, call);
      return identityOf(payload, rules, call.runtime.clock.epoch());
    },
  };
}

function keySource({ jwks, secret, issuer }: JwtOptions): KeySource {
  if (jwks !== undefined && secret === undefined)
    return typeof jwks === 'function' ? fetchedKeys(jwks, issuer) : fixedKeys(jwks, 'jwt.jwks');
  if (secret !== undefined && jwks === undefined) return async () => secret;
  throw coreError('INVALID_OPTIONS', { path: 'jwt.jwks', problem: 'or jwt.secret must be given, and not both' });
}
