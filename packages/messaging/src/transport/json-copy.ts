import type { CloudEvent } from '@tutti/core';

/**
 * What `JSON.parse(JSON.stringify(value))` gives (but for an array with a `toJSON` of its own), at a tenth of the price for plain data: a copy that shares nothing with the original and
 * holds nothing but what would survive a wire.
 * @throws TypeError for what JSON cannot hold: a cycle, a bigint.
 */
export function jsonCopy<T>(value: T): T {
  odd = false;
  return (typeof value === 'object' && value !== null ? copyOf(value, 0) : scalar(value)) as T;
}

/** Whether the last `jsonCopy` says exactly what its original says: nothing in it had to be left out or written in another form. */
export function wasExact(): boolean {
  return !odd;
}

/** A copy of an event that its handler may change. */
export function copyOfStored(stored: CloudEvent | string): CloudEvent | string {
  return typeof stored === 'string' || stored === null ? stored : { ...stored, data: jsonCopy(stored.data) };
}

/** Something was met that JSON does not hold as it is. */
let odd = false;

/** From here on it may be a cycle, which JSON itself finds and names. */
const maxDepth = 100;

const plain = Object.prototype;

function copyOf(value: object, depth: number): unknown {
  if (depth > maxDepth) return JSON.parse(JSON.stringify(value));
  if (Array.isArray(value)) return arrayCopy(value, depth);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== plain && prototype !== null) return oddCopy(value);
  const copy: Record<string, unknown> = { ...value };
  for (const key in copy) {
    const member = copy[key];
    if (isAsItIs(member)) continue;
    if (typeof member !== 'object') return oddCopy(value); // a toJSON too
    const copied = copyOf(member as object, depth + 1);
    if (copied === undefined) return oddCopy(value);
    copy[key] = copied;
  }
  return copy;
}

function arrayCopy(values: readonly unknown[], depth: number): unknown {
  const copies = values.slice();
  for (let index = 0; index < copies.length; index++) {
    const member = copies[index];
    if (isAsItIs(member)) continue;
    if (typeof member !== 'object') return oddCopy(values);
    const copied = copyOf(member as object, depth + 1);
    if (copied === undefined) return oddCopy(values);
    copies[index] = copied;
  }
  return copies;
}

/** Texts, booleans, null and ordinary numbers. A number less itself is 0 unless it is NaN or infinite; JSON has no -0. */
function isAsItIs(member: unknown): boolean {
  if (typeof member === 'string') return true;
  if (typeof member === 'number') return member - member === 0 && (member !== 0 || 1 / member > 0);
  return typeof member === 'boolean' || member === null;
}

/** Dates, maps, class instances, members that are left out: whatever JSON makes of them. */
function oddCopy(value: object): unknown {
  odd = true;
  return overTheWire(value);
}

function scalar(value: unknown): unknown {
  if (isAsItIs(value)) return value;
  odd = true;
  return overTheWire(value);
}

function overTheWire(value: unknown): unknown {
  const text = JSON.stringify(value);
  return text === undefined ? undefined : JSON.parse(text);
}
