import { coreError } from '../errors/core-errors.ts';
import { shown } from '../options/rules.ts';

const maxDepth = 64;

/**
 * The JSON text of a value that JSON can say exactly. What it would leave out or turn into something else (undefined, NaN, a Date, a Map, a
 * bigint, a cycle) is refused.
 * @throws INVALID_ARGUMENT naming the place, such as `value.limits[2].tokens`.
 */
export function jsonOf(value: unknown, maxBytes: number): string {
  checkJson(value, 'value', 0);
  const json = JSON.stringify(value);
  const bytes = Buffer.byteLength(json);
  if (bytes > maxBytes) wrong('value', `must be at most ${maxBytes} bytes of JSON, got ${bytes}`);
  return json;
}

/** What a text says, frozen to the bottom, so that nobody who reads changes what others read. */
export function frozenJson(json: string): unknown {
  return JSON.parse(json, (_key, value) => Object.freeze(value));
}

function checkJson(value: unknown, path: string, depth: number): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
  if (typeof value === 'number' && Number.isFinite(value)) return;
  if (depth === maxDepth) wrong(path, `is nested deeper than ${maxDepth} levels, or in itself`);
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) checkJson(value[index], `${path}[${index}]`, depth + 1);
    return;
  }
  if (!isPlain(value)) wrong(path, `must be JSON, got ${shown(value)}`);
  for (const [name, member] of Object.entries(value as object)) checkJson(member, `${path}.${name}`, depth + 1);
}

/** An object literal, also of another realm, and nothing that says its JSON itself. */
function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function wrong(path: string, problem: string): never {
  throw coreError('INVALID_ARGUMENT', { path, problem });
}
