/** Why an endpoint that is known does not take a request. */
export type ExclusionReason =
  /** Its service said so to the registry. */
  | 'draining'
  /** By the registry's account. */
  | 'unhealthy'
  /** This process's own probe of it fails. */
  | 'failing its probe'
  | 'without weight'
  /** No connection could be made a moment ago. */
  | 'unreachable'
  /** Its answers were bad: too many failures in a row, or far more than its siblings'. */
  | 'ejected'
  | 'shut off by its breaker'
  /** As many requests as it may have are under way there. */
  | 'full'
  /** This request has been there. */
  | 'tried already'
  | 'of another tenant'
  | 'of another version'
  | 'without a wanted tag';

/** Why, and until when if that is known: on the runtime's clock. */
export interface Exclusion {
  readonly reason: ExclusionReason;
  readonly until?: number;
}
