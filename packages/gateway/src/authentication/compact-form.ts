import { badToken } from './bad-token.ts';

/** What a token says about its signature; nothing of it is believed before the signature fits. */
export interface JwsHeader {
  readonly alg: string;
  readonly kid?: string;
}

/** Longer ones cannot come over HTTP, and are not worth reading. */
const maxLength = 16_384;
const threeSegments = /^[\w-]+\.[\w-]+\.[\w-]+$/;
/** Members with which a token would bring its own key or its own rules. */
const refusedMembers = ['jwk', 'jku', 'x5u', 'x5c', 'crit', 'b64'] as const;

/**
 * The header of a JWS in compact form. Stricter than RFC 7515 where that leaves room for two tokens to mean the same: exactly three
 * segments of canonical base64url, without padding or blanks.
 * @throws GATEWAY_UNAUTHENTICATED
 */
export function readCompactHeader(token: string): JwsHeader {
  if (token.length > maxLength) throw badToken('is too long');
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
