import { coreError } from '../errors/core-errors.ts';
import { shown } from '../options/rules.ts';

/**
 * How values become bytes and come back. Whoever loads a value gets what `decode` made of it, like all later readers, so
 * that nobody sees a difference between a hit and a miss.
 */
export interface Codec {
  /** @throws INVALID_DATA for a value that would not come back as it is. */
  encode(value: unknown): Uint8Array;
  /** Throws when these bytes are not its own; they then count as missing. */
  decode(bytes: Uint8Array): unknown;
  /**
   * Whether all that `decode` gives is immutable to the bottom. Then one decoded value is kept in memory and shared by
   * all readers; else the bytes are kept and each reader gets a decoding of its own.
   */
  readonly immutable: boolean;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * Plain JSON, frozen to the bottom. Refuses what JSON would change or lose in silence (dates, maps, class instances, NaN,
 * `undefined` in a list) instead of giving later readers something else than the first. Members that are `undefined` are left out.
 */
export const jsonCodec: Codec = Object.freeze({
  immutable: true,
  encode(value: unknown): Uint8Array {
    return encoder.encode(stringify(value));
  },
  decode(bytes: Uint8Array): unknown {
    return freeze(JSON.parse(decoder.decode(bytes)));
  },
});

/** Bytes as they are, for bodies and files. Every reader gets a copy. */
export const bytesCodec: Codec = Object.freeze({
  immutable: false,
  encode(value: unknown): Uint8Array {
    if (value instanceof Uint8Array) return value.slice();
    throw coreError('INVALID_DATA', { path: 'value', problem: `must be a Uint8Array, got ${shown(value)}` });
  },
  decode(bytes: Uint8Array): unknown {
    return new Uint8Array(bytes);
  },
});

function stringify(value: unknown): string {
  const problem = changedByJson(value, 'value', new Set());
  if (problem) throw coreError('INVALID_DATA', problem);
  return JSON.stringify(value);
}

/** The first thing that JSON would not give back. `above` holds the objects on the way down, to find circles. */
function changedByJson(value: unknown, path: string, above: Set<object>): { path: string; problem: string } | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)) return undefined;
  if (typeof value !== 'object') return { path, problem: `cannot be kept as JSON, got ${shown(value)}` };
  if (above.has(value)) return { path, problem: 'contains itself' };
  const prototype = Object.getPrototypeOf(value);
  const isList = Array.isArray(value);
  if (!isList && prototype !== Object.prototype && prototype !== null) {
    return { path, problem: `cannot be kept as JSON, got an instance of ${value.constructor?.name ?? 'a class'}` };
  }
  above.add(value);
  // not Object.entries of a list: it passes over holes, which JSON turns into null
  const members = isList ? value.entries() : Object.entries(value).filter(([, member]) => member !== undefined);
  for (const [name, member] of members) {
    const problem = changedByJson(member, isList ? `${path}[${name}]` : `${path}.${name}`, above);
    if (problem) return problem;
  }
  above.delete(value);
  return undefined;
}

function freeze(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  for (const member of Object.values(value)) freeze(member);
  return Object.freeze(value);
}
