import type { StandardSchemaV1 } from '@standard-schema/spec';
import { callable, checkOptions, coreError, type Duration, duration, listOf, objectWith, oneOf, text, wholeNumber } from '@tutti/core';
import type { SagaLock, SagaSettings } from './saga-settings.ts';
import { someTime, wholeMs } from './time-rules.ts';

export interface SagaOptions<S extends StandardSchemaV1> {
  /** Any Standard Schema. What it makes of the input is stored, and given to the steps. */
  readonly input: S;
  /** From the start; then the saga is undone, unless its pivot is done. @defaultValue none */
  readonly timeout?: Duration;
  /** What the saga is about. Sagas of this name and one key never overlap. @defaultValue none: all sagas may overlap */
  readonly concurrencyKey?: (input: StandardSchemaV1.InferOutput<S>) => string;
  /**
   * What starting does while another saga has the key. `queue`: it begins when the other is over. `reject`: SAGA_LOCKED.
   * `join`: gives the id of the other. @defaultValue 'queue'
   */
  readonly whenLocked?: SagaLock['whenLocked'];
  /** How long it may be queued; then it ends with SAGA_WAIT_TIMEOUT, nothing done. @defaultValue no bound */
  readonly lockWait?: Duration;
  /** Whether earlier steps are still undone when an undo failed for good. @defaultValue 'continue' */
  readonly onUndoFailure?: SagaSettings['onUndoFailure'];
  /** Bytes that the input, and the result of each step, may have as they are stored. @defaultValue 262144 */
  readonly maxPayload?: number;
  /** Names of members that views show as `[redacted]`, at any depth of inputs, results and details of failures. @defaultValue none */
  readonly redact?: readonly string[];
}

export const sagaDefaults: Readonly<{ whenLocked: 'queue'; onUndoFailure: 'continue'; maxPayload: 262_144 }> = Object.freeze({
  whenLocked: 'queue',
  onUndoFailure: 'continue',
  maxPayload: 262_144,
} as const);

/** @throws INVALID_OPTIONS naming the path. */
export function resolveSagaOptions(path: string, options: SagaOptions<StandardSchemaV1>): SagaSettings {
  const { timeout, concurrencyKey, lockWait, onUndoFailure, maxPayload, redact, whenLocked } = checkOptions(
    path,
    options,
    {
      required: { input: objectWith('a Standard Schema', '~standard') },
      optional: {
        timeout: someTime,
        concurrencyKey: callable,
        whenLocked: oneOf('queue', 'reject', 'join'),
        lockWait: duration,
        onUndoFailure: oneOf('continue', 'halt'),
        maxPayload: wholeNumber({ min: 1 }),
        redact: listOf(text),
      },
    },
    { ...sagaDefaults, redact: [] },
  );
  const needs = (option: 'whenLocked' | 'lockWait', problem: string): never => {
    throw coreError('INVALID_OPTIONS', { path: `${path}.${option}`, problem });
  };
  if (!concurrencyKey && options.whenLocked !== undefined) needs('whenLocked', 'needs a concurrencyKey');
  if (!concurrencyKey && lockWait !== undefined) needs('lockWait', 'needs a concurrencyKey');
  if (whenLocked !== 'queue' && lockWait !== undefined)
    needs('lockWait', `is for a queue; a saga that meets '${whenLocked}' does not wait`);
  return Object.freeze({
    ...(timeout !== undefined && { timeoutMs: wholeMs(timeout) }),
    ...(concurrencyKey && {
      lock: Object.freeze({
        key: concurrencyKey as SagaLock['key'],
        whenLocked,
        ...(lockWait !== undefined && { waitMs: wholeMs(lockWait) }),
      }),
    }),
    onUndoFailure,
    maxPayloadBytes: maxPayload,
    redact: Object.freeze([...redact]),
    starts: Object.freeze([]),
  });
}
