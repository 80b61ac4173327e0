import {
  anyOf,
  checkOptions,
  type Duration,
  defaultRuntime,
  duration,
  durationMs,
  flag,
  listOf,
  objectWith,
  type Runtime,
  text,
  wholeNumber,
} from '@tutti/core';
import { gatewayError } from '../errors.ts';
import { checkerOf, type IdentityCheck, type IdentityKey, identityKey } from './identity-key.ts';
import { identityType } from './identity-token.ts';
import { SeenTokens } from './seen-tokens.ts';

export interface IdentityVerifierOptions {
  /** That of the gateway, or its public half. Several while it is exchanged. */
  readonly key: IdentityKey | readonly IdentityKey[];
  /** The name of this service, as the gateway's routes have it. */
  readonly audience: string;
  /** @defaultValue 'tutti-gateway' */
  readonly issuer?: string;
  /** By how much the clocks of gateway and service may differ. @defaultValue '5s' */
  readonly clockSkew?: Duration;
  /** Takes each token once, in this process. What the gateway sends again it signs again. @defaultValue false */
  readonly once?: boolean;
  /** With `once`, tokens that are remembered until they end. When there are more, others are refused. Whole, ≥ 1. @defaultValue 200,000 */
  readonly maxSeen?: number;
  readonly runtime?: Runtime;
}

export const identityVerifierDefaults = { issuer: 'tutti-gateway', clockSkew: '5s', once: false, maxSeen: 200_000 } as const;

/** Who asks, as the gateway has found out. */
export interface VouchedIdentity {
  readonly principal: string;
  readonly tenant?: string;
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
}

/** @throws GATEWAY_IDENTITY_REFUSED for whatever the gateway did not sign for this service, just now. */
export type VerifyIdentity = (header: string | readonly string[] | undefined) => VouchedIdentity;

interface Claims {
  readonly sub: string;
  readonly tenant?: string;
  readonly roles: readonly string[];
  readonly scope?: string;
  readonly iat: number;
  readonly exp: number;
  readonly jti: string;
}

/**
 * For services behind the gateway: makes the function that reads the header `tutti-identity`. Needs neither network nor the rest of the gateway.
 * @throws INVALID_OPTIONS naming the path.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { identityHeader, identityVerifier } from '@tutti/gateway/identity';
 *
 * export function documents(key: Uint8Array) {
 *   const verifyIdentity = identityVerifier({ key, audience: 'documents' });
 *   return createServer((request, response) => {
 *     const { principal, tenant } = verifyIdentity(request.headers[identityHeader]);
 *     response.end(`${principal} of ${tenant}`);
 *   });
 * }
 * ```
 */
export function identityVerifier(options: IdentityVerifierOptions): VerifyIdentity {
  const checked = checkOptions(
    'identityVerifier',
    options,
    {
      required: { key: anyOf(identityKey, listOf(identityKey)), audience: text },
      optional: {
        issuer: text,
        clockSkew: duration,
        once: flag,
        maxSeen: wholeNumber({ min: 1 }),
        runtime: objectWith('a Runtime', 'clock'),
      },
    },
    identityVerifierDefaults,
  );
  const { audience, issuer, once, maxSeen, clockSkew, runtime = defaultRuntime } = checked;
  const given = checked.key;
  const keys = (isList(given) ? given : [given]).map((key) => checkerOf(key, 'identityVerifier.key'));
  const skewMs = durationMs(clockSkew);
  const seen = once ? new SeenTokens(maxSeen) : undefined;
  return (header) => {
    if (typeof header !== 'string') throw refused(header === undefined ? 'it is missing' : 'it came more than once');
    const { sub, tenant, roles, scope, exp, jti } = checkedClaims(header, keys, { audience, issuer });
    const now = runtime.clock.epoch();
    const until = exp * 1_000 + skewMs;
    if (now >= until) throw refused('it has expired');
    if (seen && !seen.add(jti, until, now)) throw refused('it was used before');
    return { principal: sub, roles, scopes: scope === undefined ? [] : scope.split(' '), ...(tenant !== undefined && { tenant }) };
  };
}

function isList(key: IdentityKey | readonly IdentityKey[]): key is readonly IdentityKey[] {
  return Array.isArray(key);
}

/** A signature that fits says that the gateway wrote the claims, so that their form need not be asked again; whom for, and as what, does. */
function checkedClaims(token: string, keys: readonly IdentityCheck[], { audience, issuer }: { audience: string; issuer: string }): Claims {
  const [head = '', body = '', tail = '', ...more] = token.split('.');
  const signature = Buffer.from(tail, 'base64url');
  if (more.length > 0 || signature.toString('base64url') !== tail) throw refused('it is no token');
  const { alg, typ } = parsed(head);
  const fits = keys.some((key) => key.alg === alg && key.fits(`${head}.${body}`, signature));
  if (!fits) throw refused('it is not signed with a key of the gateway');
  if (typ !== identityType) throw refused('it is a token of another kind');
  const claims = parsed(body);
  if (claims['iss'] !== issuer) throw refused('it is of another gateway');
  if (claims['aud'] !== audience) throw refused('it is for another service');
  return claims as unknown as Claims;
}

function parsed(segment: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(segment, 'base64url').toString());
    if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch {
    // told as what it is not
  }
  throw refused('it is no token');
}

function refused(problem: string): Error {
  return gatewayError('GATEWAY_IDENTITY_REFUSED', { problem });
}
