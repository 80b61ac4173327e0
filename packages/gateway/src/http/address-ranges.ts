import type { Rule } from '@tutti/core';
import { shown } from '@tutti/core';
import { addressBytes } from './address.ts';

interface Range {
  readonly bytes: readonly number[];
  readonly bits: number;
}

/** Ranges of addresses in CIDR notation (RFC 4632), as `10.0.0.0/8`, `fd00::/8`; an address alone is a range of one. */
export class AddressRanges {
  readonly #ranges: readonly Range[];

  /** @param ranges Checked by `addressRange`. */
  constructor(ranges: readonly string[]) {
    this.#ranges = ranges.map(parse).filter((range) => range !== undefined);
  }

  get isEmpty(): boolean {
    return this.#ranges.length === 0;
  }

  /** Whatever is no address is in no range. */
  has(address: string): boolean {
    const bytes = addressBytes(address);
    return bytes !== undefined && this.#ranges.some((range) => range.bytes.length === bytes.length && shares(range, bytes));
  }
}

/** A range whose address is not its first one is refused: whoever wrote `10.0.0.7/8` meant something else. */
export const addressRange: Rule = (value) => {
  const range = typeof value === 'string' ? parse(value) : undefined;
  if (!range) return `must be a range of addresses such as '10.0.0.0/8' or 'fd00::/8', got ${shown(value)}`;
  if (!range.bytes.every((byte, index) => (byte & ~maskOf(index, range.bits)) === 0))
    return `must begin with the first address of its range, got ${shown(value)}`;
  return undefined;
};

function parse(text: string): Range | undefined {
  const [address = '', suffix, ...more] = text.split('/');
  const bytes = addressBytes(address);
  if (!bytes || more.length > 0) return undefined;
  const most = bytes.length * 8;
  if (suffix === undefined) return { bytes, bits: most };
  const bits = /^\d{1,3}$/.test(suffix) ? Number(suffix) : Number.NaN;
  return bits <= most ? { bytes, bits } : undefined;
}

function shares({ bytes, bits }: Range, other: readonly number[]): boolean {
  return bytes.every((byte, index) => ((byte ^ (other[index] as number)) & maskOf(index, bits)) === 0);
}

/** The bits of the byte at `index` that belong to a prefix of so many bits. */
function maskOf(index: number, bits: number): number {
  const ofThis = Math.min(8, Math.max(0, bits - index * 8));
  return (0xff << (8 - ofThis)) & 0xff;
}
