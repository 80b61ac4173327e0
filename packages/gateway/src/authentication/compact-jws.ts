import { type Call, TuttiError } from '@tutti/core';
import { type CryptoKey, compactVerify } from 'jose';
import { badToken } from './bad-token.ts';

/** What a token says about its signature; nothing of it is believed before the signature fits. */
export interface JwsHeader {
  readonly alg: string;
  readonly kid?: string;
}

/** Finds the one key that a token with this header must be signed with; rejects when there is none or more than one. */
export type KeySource = (header: JwsHeader, call: Call) => Promise<CryptoKey | Uint8Array>;

export interface JwsRules {
  /** The only algorithms there are; what the token says cannot add one. */
  readonly algorithms: readonly string[];
  readonly keys: KeySource;
}

const threeSegments = /^[\w-]+\.[\w-]+\.[\w-]+$/;
/** Members with which a token would bring its own key or its own rules. */
const refusedMembers = ['jwk', 'jku', 'x5u', 'x5c', 'crit', 'b64'] as const;

/**
 * The payload of a JWS in compact form whose signature fits. Stricter than RFC 7515 where that leaves room for two
 * tokens to mean the same: exactly three segments of canonical base64url, without padding or blanks.
 * @throws GATEWAY_UNAUTHENTICATED
 */
export async function verifyCompactJws(token: string, { algorithms, keys }: JwsRules, call: Call): Promise<Uint8Array> {
  const header = readHeader(token);
  if (!algorithms.includes(header.alg)) throw badToken('is signed with an algorithm that is not accepted');
  const key = await keys(header, call).catch((cause: unknown) => {
    throw TuttiError.is(cause) ? cause : badToken('is signed with a key that is not known', cause);
  });
  try {
    const { payload } = await compactVerify(token, key, { algorithms: [...algorithms] });
    return payload;
  } catch (cause) {
    throw badToken('is not signed as it says', cause);
  }
}

function readHeader(token: string): JwsHeader {
  if (!threeSegments.test(token) || !token.split('.').every(isCanonical)) throw badToken('is not in the compact form');
  const header = parse(token.slice(0, token.indexOf('.')));
  if (typeof header !== 'object' || header === null || !('alg' in header) || typeof header.alg !== 'string')
    throw badToken('has no readable header');
  if (refusedMembers.some((member) => member in header)) throw badToken('brings its own key or rules');
  const { alg } = header;
  if (!('kid' in header)) return { alg };
  if (typeof header.kid !== 'string') throw badToken('has no readable header');
  return { alg, kid: header.kid };
}

/** The last character may hold unused bits; only one of the spellings that decode alike is the canonical one. */
function isCanonical(segment: string): boolean {
  return Buffer.from(segment, 'base64url').toString('base64url') === segment;
}

function parse(segment: string): unknown {
  try {
    return JSON.parse(Buffer.from(segment, 'base64url').toString());
  } catch (cause) {
    throw badToken('has no readable header', cause);
  }
}
