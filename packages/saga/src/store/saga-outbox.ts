/** An event that waits to be published. */
export interface StoredEvent {
  /** Stable: the same checkpoint written again keeps it, and the bus drops it when it was published before. */
  readonly id: string;
  /** JSON of what is published, as the orchestrator wrote it. */
  readonly body: string;
}

/** Events that were committed with checkpoints and are on their way to the bus. */
export interface SagaOutbox {
  /**
   * Up to `max` events, which is at least 1, in the order of their commits, for this worker alone until `leaseMs` have passed. Gives nothing
   * while another worker has some: one publishes at a time, so that order is kept.
   */
  take(worker: string, leaseMs: number, max: number): Promise<readonly StoredEvent[]>;
  /** These were published. */
  drop(worker: string, ids: readonly string[]): Promise<void>;
}
