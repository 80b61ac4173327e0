/** One token, and how long it holds. Leases that were read with it end with it, whatever they say themselves. */
export interface Grant {
  readonly token: string;
  /** On the runtime's clock, when the login was sent. */
  readonly obtainedAt: number;
  /** As first granted; 0 for a token that does not end. */
  readonly durationMs: number;
  readonly renewable: boolean;
  /** Moves with every renewal, and to the present when a token that is dead has been replaced. */
  endsAt: number;
  /** Vault has said that the token is dead. Until there is another, what was read with it stays the last good value. */
  dead: boolean;
}
