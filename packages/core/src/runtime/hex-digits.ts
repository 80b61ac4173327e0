import type { Random } from './random.ts';

const perTable = 4_096;

/** Three hexadecimal digits of each number below 4,096. By table: a large number that writes itself in another base costs more than all else of an id. */
export const hex3: readonly string[] = Array.from({ length: perTable }, (_, number) => number.toString(16).padStart(3, '0'));

/** Twelve digits of a whole number below 2^48. */
export function hex12(value: number): string {
  const high = Math.floor(value / 0x1_00_00_00);
  const low = value - high * 0x1_00_00_00;
  return `${hex3[high >>> 12]}${hex3[high & 0xfff]}${hex3[low >>> 12]}${hex3[low & 0xfff]}`;
}

const digits = '0123456789abcdef';

/** One of chance. */
export function randomDigit(random: Random): string {
  return digits[Math.floor(random() * 16)] as string;
}

export function randomHex3(random: Random): string {
  return hex3[Math.floor(random() * perTable)] as string;
}

/** A number of chance has 53 bits; these are the first 48. */
export function randomHex12(random: Random): string {
  const shifted = random() * 0x1_00_00_00;
  const high = Math.floor(shifted);
  const low = Math.floor((shifted - high) * 0x1_00_00_00);
  return `${hex3[high >>> 12]}${hex3[high & 0xfff]}${hex3[low >>> 12]}${hex3[low & 0xfff]}`;
}

const variants = '89ab';

/** The first digit of the fourth group of a UUID: the variant of RFC 9562, section 4.1. */
export function randomVariant(random: Random): string {
  return variants[Math.floor(random() * 4)] as string;
}
