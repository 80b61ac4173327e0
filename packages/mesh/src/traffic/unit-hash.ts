import { fnv1a } from '@tutti/core';

/** FNV-1a, with the last mixing step added. */
export function hashText(text: string): number {
  return mix(fnv1a(text));
}

/** The finalizer of MurmurHash3 (Appleby, public domain): one to one, and every bit of the input reaches every bit of the output. */
export function mix(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** Strictly between 0 and 1, so that its logarithm is finite and not 0. */
export function fraction(hash: number): number {
  return ((hash >>> 0) + 0.5) / 4_294_967_296;
}
