import { isIPv4, isIPv6 } from 'node:net';
import { addressBytes, plainAddress } from '../http/address.ts';

/** Names the bucket of a client's address. */
export type AddressPrefix = (address: string | undefined) => string;

export interface PrefixBits {
  /** From 8 to 32. @defaultValue 32 */
  readonly ipv4?: number;
  /** From 16 to 64: whoever has one address of a /64 has them all. @defaultValue 64 */
  readonly ipv6?: number;
}

export const prefixBitsDefaults = { ipv4: 32, ipv6: 64 } as const;

/**
 * Counts clients by the leading bits of their address. An IPv6 client owns at least a /64, and can use another address of it for every request.
 * What is no address shares one bucket with everybody whose address is not known.
 */
export function addressPrefix({ ipv4, ipv6 }: Required<PrefixBits>): AddressPrefix {
  const ofIPv4 = (address: string): string =>
    ipv4 === 32 ? `client:${address}` : `client:${masked(address.split('.').map(Number), 8, ipv4).join('.')}/${ipv4}`;
  return (address) => {
    if (address === undefined) return 'client:unknown';
    const plain = plainAddress(address);
    if (isIPv4(plain)) return ofIPv4(plain);
    const groups = firstGroups(plain);
    if (!groups) return 'client:unknown';
    const [a = 0, b = 0, c = 0, d = 0] = ipv6 === 64 ? groups : masked(groups, 16, ipv6);
    if (a + b + c + d === 0) {
      const bytes = addressBytes(plain); // an IPv4 address that was mapped into IPv6 may be written in hexadecimal
      if (bytes?.length === 4) return ofIPv4(bytes.join('.'));
    }
    return `client:${a.toString(16)}:${b.toString(16)}:${c.toString(16)}:${d.toString(16)}::/${ipv6}`;
  };
}

/** Parts of an address of which only the leading bits count. */
function masked(parts: readonly number[], width: number, bits: number): readonly number[] {
  return parts.map((part, index) => {
    const counted = Math.min(width, Math.max(0, bits - width * index));
    return part & ~(2 ** (width - counted) - 1);
  });
}

/** The first four groups of an IPv6 address. Every request by IPv6 passes here, so that no more of it is read than that. */
function firstGroups(address: string): readonly number[] | undefined {
  if (!isIPv6(address) || address.includes('%')) return undefined;
  const gap = address.indexOf('::');
  const groups = gap === 0 ? [] : (gap === -1 ? address : address.slice(0, gap)).split(':', 4).map(hexadecimal);
  if (groups.length === 4) return groups;
  const right = address.slice(gap + 2);
  const after = right === '' ? [] : right.split(':');
  // an IPv4 address at the end stands for two groups, of which neither is among the first four unless it is all there is
  const missing = 8 - groups.length - after.length - (right.includes('.') ? 1 : 0);
  for (let zero = 0; zero < missing && groups.length < 4; zero++) groups.push(0);
  for (let index = 0; groups.length < 4; index++) groups.push(hexadecimal(after[index] ?? '0'));
  return groups;
}

function hexadecimal(group: string): number {
  return Number.parseInt(group, 16);
}
