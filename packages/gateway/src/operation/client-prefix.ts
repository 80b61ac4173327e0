import { addressBytes } from '../http/address.ts';

/** How much of a client's address is written down. */
export type ShownAddress = 'prefix' | 'whole' | 'none';

/**
 * The part of an address that tells networks apart and not people: the /24 of an IPv4 address, the /48 of an IPv6 address. `unknown` for
 * whatever is no address.
 */
export function clientPrefix(address: string | undefined): string {
  const bytes = address === undefined ? undefined : addressBytes(address);
  if (!bytes) return 'unknown';
  if (bytes.length === 4) return `${bytes.slice(0, 3).join('.')}.0/24`;
  const groups = [0, 2, 4].map((at) => (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)).toString(16));
  return `${groups.join(':')}::/48`;
}
