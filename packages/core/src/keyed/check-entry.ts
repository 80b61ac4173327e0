import { coreError } from '../errors/core-errors.ts';
import { shown, wellFormedText } from '../options/rules.ts';

const nameRule = wellFormedText(1_024);
const maxTtlMs = 315_360_000_000;

/** @throws INVALID_ARGUMENT */
export function checkName(path: string, name: string): void {
  const problem = nameRule(name);
  if (problem) throw coreError('INVALID_ARGUMENT', { path, problem });
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
