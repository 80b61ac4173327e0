import { coreError } from '../errors/core-errors.ts';
import { shown } from '../options/rules.ts';

const maxKeyLength = 1_024;
const maxTtlMs = 315_360_000_000;

/** @throws INVALID_ARGUMENT */
export function checkName(path: string, name: string): void {
  if (typeof name === 'string' && name.length > 0 && name.length <= maxKeyLength && name.isWellFormed()) return;
  const got = typeof name === 'string' ? `${name.length}` : shown(name);
  throw coreError('INVALID_ARGUMENT', { path, problem: `must be well-formed text of 1 to ${maxKeyLength} characters, got ${got}` });
}

/** @throws INVALID_ARGUMENT */
export function checkTtl(ttlMs: number, minMs = 1): void {
  if (Number.isFinite(ttlMs) && ttlMs >= minMs && ttlMs <= maxTtlMs) return;
  throw coreError('INVALID_ARGUMENT', { path: 'ttlMs', problem: `must be milliseconds from ${minMs} to ten years, got ${shown(ttlMs)}` });
}

/** @throws INVALID_ARGUMENT */
export function checkBytes(value: Uint8Array): void {
  if (!(value instanceof Uint8Array))
    throw coreError('INVALID_ARGUMENT', { path: 'value', problem: `must be a Uint8Array, got ${shown(value)}` });
}
