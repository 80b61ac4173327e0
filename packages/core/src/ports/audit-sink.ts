/** One thing that somebody did to the system, or began to. */
export interface AuditRecord {
  readonly actor: string;
  /** `feature.verb`: `deploy.rollback`, `saga.retry`. */
  readonly action: string;
  readonly target: string;
  readonly reason?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  /** The same in all records of one action. */
  readonly actionId?: string;
  /** An action that was begun and never became done or failed was interrupted: nobody knows how far it came. Absent: done. */
  readonly outcome?: 'begun' | 'done' | 'failed';
}

/** Remembers who did what. Append only. */
export interface AuditSink {
  /** Resolves when the record is kept; an action that must be audited waits for it. */
  record(record: AuditRecord): Promise<void>;
}
