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
  wholeNumber,
} from '@tutti/core';
import type { RequestHeaders } from '../http/request-headers.ts';
import type { Authenticator } from './authenticator.ts';
import { bearerChallenge } from './bad-token.ts';
import { type ClaimRules, identityOf } from './claims.ts';
import { verifyCompactJws } from './compact-jws.ts';
import { FetchedKeys, type FetchKeys } from './fetched-keys.ts';
import { fixedKeys, sharedSecret } from './fixed-keys.ts';
import type { KeySet } from './key-set.ts';
import type { KeySource } from './key-source.ts';
import { VerifiedTokens } from './verified-tokens.ts';

export interface JwtOptions {
  /** Must be the token's `iss`. */
  readonly issuer: string;
  /** At least one of these must be in the token's `aud`. Without it any audience is accepted. */
  readonly audience?: string | readonly string[];
  /**
   * The issuer's public keys, or a function that fetches them: `jwksFrom(url)`. A function is called when they are first needed, before they
   * reach `keysMaxAge`, and for a key id that is not among them, at most every 30 s; one call serves all who wait.
   */
  readonly jwks?: KeySet | FetchKeys;
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
  /** As `rolesClaim`. @defaultValue 'scope' */
  readonly scopesClaim?: string;
  /** A key that the issuer takes back is accepted no longer than this, while the issuer can be reached. @defaultValue '10m' */
  readonly keysMaxAge?: Duration;
  /** As long as the issuer cannot be reached its keys are used on until they are this old; then requests are answered 503. @defaultValue '1d' */
  readonly keysMaxStale?: Duration;
  /** Tokens whose signature is not checked again as long as they and their keys hold. @defaultValue '10,000 of them, 32 MiB' */
  readonly remember?: 'never' | RememberedTokens;
}

/** How many checked tokens are kept, by each authenticator. */
export interface RememberedTokens {
  /** Whole, ≥ 1. @defaultValue 10,000 */
  readonly maxTokens?: number;
  /** Whole, ≥ 1,024. @defaultValue 32 MiB */
  readonly maxBytes?: number;
}

const asymmetric = ['ES256', 'ES384', 'ES512', 'EdDSA', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const;
const symmetric = ['HS256', 'HS384', 'HS512'] as const;
export type JwtAlgorithm = (typeof asymmetric)[number] | (typeof symmetric)[number];

export const jwtDefaults = {
  clockSkew: '5s',
  tenantClaim: 'tenant',
  rolesClaim: 'roles',
  scopesClaim: 'scope',
  keysMaxAge: '10m',
  keysMaxStale: '1d',
} as const;

export const rememberedTokensDefaults = { maxTokens: 10_000, maxBytes: 33_554_432 } as const;

/**
 * Knows who asks by a JSON Web Token in the Authorization header (RFC 6750, 7519). The principal is `sub`.
 * Keys come only from the options: a token that brings one is refused, and so is any algorithm that is not listed, or not that of the key.
 */
export function jwt(options: JwtOptions): Authenticator {
  const checked = checkJwtOptions(options);
  const { issuer, audience, tenantClaim, rolesClaim, scopesClaim, clockSkew, secret } = checked;
  const algorithms = checked.algorithms ?? (secret ? ['HS256'] : ['ES256', 'EdDSA', 'RS256']);
  const keys = keySource(checked, algorithms);
  const rules: ClaimRules = {
    issuer,
    audience: audience === undefined ? undefined : [audience].flat(),
    skewMs: durationMs(clockSkew),
    tenantClaim,
    rolesClaim,
    scopesClaim,
  };
  const remembered = rememberedTokens(checked.remember);
  return {
    name: 'jwt',
    challenge: bearerChallenge,
    recall(headers, call) {
      const token = bearerToken(headers);
      if (token === undefined || !remembered || !keys.ready(call)) return undefined;
      return remembered.get(token, keys.revision, call.runtime.clock.epoch());
    },
    async authenticate(headers, call) {
      const token = bearerToken(headers);
      if (token === undefined) return undefined;
      const { payload, revision } = await verifyCompactJws(token, { algorithms, keys }, call);
      const verified = identityOf(payload, rules, call.runtime.clock.epoch());
      remembered?.add(token, revision, verified);
      return verified.identity;
    },
  };
}

/** Empty when the scheme is there and nothing behind it: bad credentials, not none. */
function bearerToken(headers: RequestHeaders): string | undefined {
  const authorization = headers.single('authorization');
  if (authorization === undefined || !/^bearer(?: |$)/i.test(authorization)) return undefined;
  return authorization.slice('bearer '.length);
}

function checkJwtOptions(options: JwtOptions): JwtOptions & Required<Pick<JwtOptions, keyof typeof jwtDefaults>> {
  return checkOptions(
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
        scopesClaim: text,
        keysMaxAge: duration,
        keysMaxStale: duration,
        remember: anyOf(oneOf('never'), objectWith('an object')),
      },
    },
    jwtDefaults,
  );
}

function rememberedTokens(remember: JwtOptions['remember']): VerifiedTokens | undefined {
  if (remember === 'never') return undefined;
  return new VerifiedTokens(
    checkOptions(
      'jwt.remember',
      remember,
      { optional: { maxTokens: wholeNumber({ min: 1 }), maxBytes: wholeNumber({ min: 1_024 }) } },
      rememberedTokensDefaults,
    ),
  );
}

function keySource(options: ReturnType<typeof checkJwtOptions>, algorithms: readonly string[]): KeySource {
  const { jwks, secret, issuer, keysMaxAge, keysMaxStale } = options;
  if (secret !== undefined && jwks === undefined) return sharedSecret(secret);
  if (jwks === undefined || secret !== undefined)
    throw coreError('INVALID_OPTIONS', { path: 'jwt.jwks', problem: 'or jwt.secret must be given, and not both' });
  if (typeof jwks !== 'function') return fixedKeys(jwks, algorithms, 'jwt.jwks');
  const [maxAgeMs, maxStaleMs] = [durationMs(keysMaxAge), durationMs(keysMaxStale)];
  if (maxStaleMs < maxAgeMs) throw coreError('INVALID_OPTIONS', { path: 'jwt.keysMaxStale', problem: 'must not be less than keysMaxAge' });
  return new FetchedKeys(jwks, { issuer, algorithms, maxAgeMs, maxStaleMs });
}
