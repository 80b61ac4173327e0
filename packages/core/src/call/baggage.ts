import { coreError } from '../errors/core-errors.ts';

/** W3C Baggage, section 3.3.1: what every implementation must at least pass on. */
const maxBytes = 8_192;
const maxMembers = 64;

const key = /^[!#$%&'*+.^_`|~\dA-Za-z-]+$/;

/** The members of a baggage header by name; properties are left out, and what is malformed is left out alone. */
export function readBaggage(header: string | undefined): ReadonlyMap<string, string> {
  const members = new Map<string, string>();
  for (const member of header?.split(',', maxMembers) ?? []) {
    const [pair = ''] = member.split(';', 1);
    const equals = pair.indexOf('=');
    const name = pair.slice(0, equals).trim();
    if (equals === -1 || !key.test(name)) continue;
    try {
      members.set(name, decodeURIComponent(pair.slice(equals + 1).trim()));
    } catch {
      // not percent-encoded UTF-8, as section 3.3.1.3 wants it
    }
  }
  return members;
}

/**
 * A baggage header of these members.
 * @throws INVALID_ARGUMENT for a name that is not a token, more than 64 members or 8,192 bytes.
 */
export function writeBaggage(members: Iterable<readonly [string, string]>): string {
  const pairs = [...members].map(([name, value]) => {
    if (!key.test(name))
      throw coreError('INVALID_ARGUMENT', { path: `baggage.${name}`, problem: 'must have a name of letters, digits and - _ . ~' });
    return `${name}=${encodeURIComponent(value)}`;
  });
  const header = pairs.join(',');
  if (pairs.length > maxMembers || header.length > maxBytes) {
    throw coreError('INVALID_ARGUMENT', {
      path: 'baggage',
      problem: `must have at most ${maxMembers} members and ${maxBytes} bytes, got ${pairs.length} and ${header.length}`,
    });
  }
  return header;
}
