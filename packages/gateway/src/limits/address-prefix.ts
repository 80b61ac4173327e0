import { isIPv4 } from 'node:net';
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
  return (address) => {
    if (address === undefined) return 'client:unknown';
    const plain = plainAddress(address);
    if (ipv4 === 32 && isIPv4(plain)) return `client:${plain}`;
    const bytes = addressBytes(plain);
    if (!bytes) return 'client:unknown';
    if (bytes.length === 4) return `client:${masked(bytes, ipv4).join('.')}${ipv4 === 32 ? '' : `/${ipv4}`}`;
    return `client:${groups(masked(bytes.slice(0, 8), ipv6)).join(':')}::/${ipv6}`;
  };
}

function masked(bytes: readonly number[], bits: number): readonly number[] {
  return bytes.map((byte, index) => byte & (0xff << (8 - Math.min(8, Math.max(0, bits - 8 * index)))));
}

function groups(bytes: readonly number[]): readonly string[] {
  return Array.from({ length: bytes.length / 2 }, (_, index) =>
    (((bytes[2 * index] as number) << 8) | (bytes[2 * index + 1] as number)).toString(16),
  );
}
