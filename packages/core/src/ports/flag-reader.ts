/** Reads feature flags. Synchronous and never throws: what cannot be evaluated gives the caller's own default. */
export interface FlagReader {
  boolean(key: string, fallback: boolean, context?: FlagContext): boolean;
  string(key: string, fallback: string, context?: FlagContext): string;
  number(key: string, fallback: number, context?: FlagContext): number;
}

export interface FlagContext {
  /** What percentages are counted by: a user, a tenant, a session. */
  readonly targetingKey?: string;
  readonly [attribute: string]: string | number | boolean | undefined;
}
