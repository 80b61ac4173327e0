/** One token, and how long it holds. Leases that were read with it end with it, whatever they say themselves. */
export interface Grant {
  readonly token: string;
  /** On the runtime's clock, when the login was sent. */
  readonly obtainedAt: number;
  /** As first granted; 0 for a token that does not end. */
  readonly durationMs: number;
  readonly renewable: boolean;
  /** Moves back with every renewal, and to the present when Vault says that the token is dead. */
  endsAt: number;
}
