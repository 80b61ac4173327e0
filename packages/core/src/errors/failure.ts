import { type FailureClass, TuttiError } from './tutti-error.ts';

/** Aborts of the platform: what `AbortController.abort()` without a reason, fetch and streams throw. */
const abortNames: ReadonlySet<unknown> = new Set(['AbortError']);

/** Errors of connections that were never made, by their code in Node: the request cannot have arrived. */
const unreachableCodes: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/**
 * The class of any failure. An error of the kit says it itself; of a foreign one only what its code proves is believed, and
 * everything else is `transient`, also what throws when it is looked at.
 */
export function failureClass(error: unknown): FailureClass {
  try {
    return classOf(error);
  } catch {
    return 'transient';
  }
}

function classOf(error: unknown): FailureClass {
  if (typeof error !== 'object' || error === null) return 'transient';
  // an error made by an older copy of the kit has no class yet
  if (TuttiError.is(error)) return error.failure ?? (error.retryable ? 'transient' : 'permanent');
  if ('code' in error && unreachableCodes.has(error.code)) return 'unreachable';
  if ('name' in error && abortNames.has(error.name)) return 'cancelled';
  if ('name' in error && error.name === 'TimeoutError') return 'timeout';
  return 'transient';
}

/** Failures that count against the target: breakers and balancers look at these and at no others. */
export function isTargetFailure(error: unknown): boolean {
  const kind = failureClass(error);
  return kind === 'unreachable' || kind === 'transient' || kind === 'timeout';
}

/** Failures after which nothing can have been done, so that trying again harms nobody. */
export function isNotBegun(error: unknown): boolean {
  const kind = failureClass(error);
  return kind === 'unsent' || kind === 'unreachable';
}
