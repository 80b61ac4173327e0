/** What is sent to the server. With a name it is prepared once for each connection. */
export interface PostgresQuery {
  readonly name?: string;
  readonly text: string;
  readonly values?: readonly unknown[];
}

export interface PostgresResult {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly rowCount: number | null;
  readonly command: string;
}

/** The part of a client of a `pg` pool that is used. */
export interface PostgresClient {
  query(query: PostgresQuery): Promise<PostgresResult>;
  /** Gives it back; with true it is closed. */
  release(destroy?: boolean): void;
  on(event: string, listener: (told: unknown) => void): unknown;
  off(event: string, listener: (told: unknown) => void): unknown;
}

/** The part of a `pg` pool that is used; pg 8 fits. */
export interface PostgresPool {
  connect(): Promise<PostgresClient>;
  end(): Promise<unknown>;
  on(event: string, listener: (told: unknown) => void): unknown;
  off(event: string, listener: (told: unknown) => void): unknown;
}

interface PgModule {
  readonly Pool: new (options: Readonly<Record<string, unknown>>) => PostgresPool;
}

/** A pool of our own. */
export async function openPool(options: Readonly<Record<string, unknown>>): Promise<PostgresPool> {
  // @ts-expect-error: pg comes without types, and nobody needs to install any for what is described above
  const module = (await import('pg')) as PgModule & { readonly default?: PgModule };
  const { Pool } = module.default ?? module;
  return new Pool(options);
}
