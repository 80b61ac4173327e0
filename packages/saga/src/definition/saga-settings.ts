import type { CloudEvent } from '@tutti/core';

/** What holds for a whole saga, as the engine reads it. */
export interface SagaSettings {
  /** From its start; then it goes forward no more and is undone, unless its pivot is done. Undo has no deadline. */
  readonly timeoutMs?: number;
  /** The semantic lock: sagas of one key never overlap. */
  readonly lock?: SagaLock;
  /** Whether earlier undos still run when one has failed for good. */
  readonly onUndoFailure: 'continue' | 'halt';
  /** Of the input, and of each result, as they are stored. */
  readonly maxPayloadBytes: number;
  /** Names of members that views show as `[redacted]`, at any depth of input, results and details of failures. */
  readonly redact: readonly string[];
  readonly starts: readonly SagaStart[];
}

export interface SagaLock {
  readonly key: (input: unknown) => string;
  /** `queue`: starts when the one before is over. `reject`: SAGA_LOCKED. `join`: the id of the saga that holds the key. */
  readonly whenLocked: 'queue' | 'reject' | 'join';
  /** How long it may be queued; then it ends with SAGA_WAIT_TIMEOUT, nothing done. */
  readonly waitMs?: number;
}

/** An event that starts a saga, once for each identity (source and id) however often it is delivered. */
export interface SagaStart {
  readonly type: string;
  readonly input: (event: CloudEvent) => unknown;
}
