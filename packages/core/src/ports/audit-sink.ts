/** One thing that somebody did to the system. */
export interface AuditRecord {
  readonly actor: string;
  /** `feature.verb`: `deploy.rollback`, `saga.retry`. */
  readonly action: string;
  readonly target: string;
  readonly reason?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Remembers who did what. Append only. */
export interface AuditSink {
  /** Resolves when the record is kept; an action that must be audited waits for it. */
  record(record: AuditRecord): Promise<void>;
}
