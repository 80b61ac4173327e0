import { badToken } from './bad-token.ts';
import type { Verified } from './verified-tokens.ts';

export interface ClaimRules {
  readonly issuer: string;
  /** One of these must be among the token's audiences; undefined asks for none. */
  readonly audience: readonly string[] | undefined;
  /** By how much the clocks of issuer and gateway may differ. */
  readonly skewMs: number;
  readonly tenantClaim: string;
  readonly rolesClaim: string;
  readonly scopesClaim: string;
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Who a verified token speaks of, and from when to when, the skew included. It must say who issued it, whom for, and when it ends (RFC 7519, section 4.1).
 * @throws GATEWAY_UNAUTHENTICATED
 */
export function identityOf(payload: Uint8Array, rules: ClaimRules, nowMs: number): Verified {
  const claims = parse(payload);
  if (claims['iss'] !== rules.issuer) throw badToken('is of another issuer');
  if (rules.audience && !names(claims['aud']).some((name) => rules.audience?.includes(name))) throw badToken('is for another audience');
  const endsAt = time(claims['exp'], 'exp');
  if (endsAt === undefined) throw badToken('never ends');
  if (nowMs >= endsAt + rules.skewMs) throw badToken('has expired');
  const beginsAt = time(claims['nbf'], 'nbf');
  if (beginsAt !== undefined && nowMs < beginsAt - rules.skewMs) throw badToken('is not valid yet');
  const { [rules.tenantClaim]: tenant, [rules.rolesClaim]: roles, [rules.scopesClaim]: scopes, sub } = claims;
  if (!isName(sub)) throw badToken('names nobody');
  if (tenant !== undefined && !isName(tenant)) throw badToken('names no readable tenant');
  const identity = { principal: sub, roles: names(roles), scopes: names(scopes), ...(tenant !== undefined && { tenant }) };
  const from = beginsAt === undefined ? Number.NEGATIVE_INFINITY : beginsAt - rules.skewMs;
  return { identity, from, until: endsAt + rules.skewMs };
}

function parse(payload: Uint8Array): Readonly<Record<string, unknown>> {
  let claims: unknown;
  try {
    claims = JSON.parse(strictUtf8.decode(payload));
  } catch (cause) {
    throw badToken('holds no claims', cause);
  }
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) throw badToken('holds no claims');
  return claims as Readonly<Record<string, unknown>>;
}

function time(value: unknown, claim: string): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isFinite(value)) throw badToken(`has an unreadable ${claim}`);
  return value * 1_000;
}

/** Well-formed, because it goes on in a header. */
function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.isWellFormed();
}

/** One name, several, or several in one string with blanks between, as scopes are written. */
function names(value: unknown): readonly string[] {
  if (typeof value === 'string') return value.split(' ').filter(Boolean);
  return Array.isArray(value) ? value.filter((name) => typeof name === 'string') : [];
}
