import { gatewayError } from '../errors.ts';

/** Segments without any encoding, none of them empty, `.` or `..`. */
const plain = /^(?:\/(?!\.{1,2}(?:\/|$))[\w~!$&'()*+,=:@.-]+)+\/?$|^\/$/;
const unreserved = /[A-Za-z0-9._~-]/;

/**
 * The one form of a request's path on which routes and rights are decided. Two spellings that servers agree on have the
 * same form: encoded unreserved characters are decoded (RFC 3986, section 6.2.2.2), inner empty segments are dropped.
 * A spelling on which they do not agree has none, because what is decided here and what is served there could differ.
 *
 * @param target Path and query as they came; the service gets these bytes, not the canonical form.
 * @throws GATEWAY_BAD_REQUEST for dot segments, encoded or not; encoded slashes, backslashes, semicolons, percent signs
 * before two digits, and control characters; `\`, `;`, `#`, a leading `//`, anything but visible ASCII; invalid UTF-8.
 */
export function canonicalPath(target: string): string {
  const queryAt = target.indexOf('?');
  const path = queryAt === -1 ? target : target.slice(0, queryAt);
  if (queryAt === -1 ? plain.test(path) : plain.test(path) && /^[!-"$-~]*$/.test(target.slice(queryAt))) return path;
  if (!path.startsWith('/')) throw refused('the request target must begin with a slash');
  if (!/^[!-~]*$/.test(target) || target.includes('#')) throw refused('the request target holds a character that must be encoded');
  if (path.startsWith('//') || /[\\;]/.test(path)) throw refused('the path can be read in more than one way');
  const decoded = path.replace(/%(25[\da-f]{2}|[\da-f]{2})?/gi, decodeOne).replace(/\/{2,}/g, '/');
  if (/\/\.{1,2}(?:\/|$)/.test(decoded)) throw refused('the path holds dot segments');
  if (decoded.includes('%')) mustBeUtf8(decoded);
  return decoded;
}

function decodeOne(triplet: string, digits: string | undefined): string {
  if (digits === undefined) throw refused('the path holds a percent sign that encodes nothing');
  if (digits.length > 2) throw refused('the path is encoded twice');
  const code = Number.parseInt(digits, 16);
  const character = String.fromCharCode(code);
  if (unreserved.test(character)) return character;
  if (code < 0x20 || code === 0x7f || '/\\;'.includes(character)) throw refused('the path can be read in more than one way');
  return triplet.toUpperCase();
}

function mustBeUtf8(path: string): void {
  try {
    decodeURIComponent(path);
  } catch (cause) {
    throw gatewayError('GATEWAY_BAD_REQUEST', { problem: 'the path is not valid UTF-8' }, { cause });
  }
}

function refused(problem: string): Error {
  return gatewayError('GATEWAY_BAD_REQUEST', { problem });
}

/**
 * Takes the first `segments` path segments off a target, and leaves the rest byte for byte as it came. Inner empty
 * segments count with the one that follows them, as in the canonical path.
 */
export function segmentStripper(segments: number): (target: string) => string {
  const prefix = new RegExp(`^(?:/+[^/?]+){${segments}}`);
  return (target) => {
    const rest = target.replace(prefix, '');
    return rest.startsWith('/') ? rest : `/${rest}`;
  };
}
