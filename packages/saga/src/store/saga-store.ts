import type { HistoryEntry, NewSaga, SagaRecord, SagaStatus, StepRecord } from './saga-record.ts';

/** Who asks for work, and which he can do. */
export interface ClaimRequest {
  readonly worker: string;
  readonly leaseMs: number;
  readonly max: number;
  /** Sagas by name and graph: work on another graph is left for those who know it. */
  readonly known: readonly { readonly saga: string; readonly fingerprint: string }[];
}

/** A change of one saga. Names of writes: intent, outcome, retry, failure, undo-intent, undo-outcome, undo-retry, finish. */
export interface Checkpoint {
  readonly name: string;
  readonly id: string;
  readonly worker: string;
  readonly fence: number;
  readonly status: SagaStatus;
  readonly failure?: SagaRecord['failure'];
  /** Only those that changed. */
  readonly steps: readonly StepRecord[];
  readonly entries: readonly HistoryEntry[];
}

export interface SagaStoreCapabilities {
  /** What was acknowledged survives the end of the process. */
  readonly durable: boolean;
  /** Workers in several processes share the work. */
  readonly shared: boolean;
}

/**
 * Keeps sagas.
 *
 * SA-1 A saga is created once: the same id again changes nothing and says so.
 * SA-2 `claim` gives a saga to one worker, under a fence higher than any before; not again until its lease ran out or was released.
 * SA-3 A checkpoint is written whole or not at all, and only under the fence and by the worker that hold the saga; else SAGA_FENCED.
 * SA-4 A saga that reached a final status is never claimed again, and its lease is gone.
 * SA-5 `renew` prolongs the leases that are still held and names those that are not.
 * SA-6 Entries of the history keep the order in which they were written.
 * SA-7 Whoever watches is told after a saga was created, released or finished, by this process at once, by others soon.
 */
export interface SagaStore {
  readonly name: string;
  readonly capabilities: SagaStoreCapabilities;
  open(): Promise<void>;
  close(): Promise<void>;
  create(saga: NewSaga, entry: HistoryEntry): Promise<{ readonly created: boolean }>;
  claim(request: ClaimRequest): Promise<readonly SagaRecord[]>;
  /** @throws SAGA_FENCED */
  checkpoint(checkpoint: Checkpoint): Promise<void>;
  /** Returns the ids that are lost. With `leaseMs` 0 the leases are given back. */
  renew(worker: string, held: readonly { readonly id: string; readonly fence: number }[], leaseMs: number): Promise<readonly string[]>;
  load(id: string): Promise<SagaRecord | undefined>;
  history(id: string): Promise<readonly HistoryEntry[]>;
  watch(listener: () => void): () => void;
}
