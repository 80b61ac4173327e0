/** Names of everything in the schema of a store, fit for SQL. */
export interface TableNames {
  readonly schema: string;
  readonly migrations: string;
  readonly sagas: string;
  readonly line: string;
  readonly journal: string;
  readonly outbox: string;
  readonly publisher: string;
  readonly locks: string;
}

/** @param schema Letters, digits and underscores only. */
export function tableNames(schema: string): TableNames {
  const named = (name: string): string => `"${schema}".${name}`;
  return {
    schema: `"${schema}"`,
    migrations: named('migrations'),
    sagas: named('sagas'),
    line: named('saga_line'),
    journal: named('saga_journal'),
    outbox: named('saga_outbox'),
    publisher: named('saga_publisher'),
    locks: named('saga_locks'),
  };
}

/** Milliseconds of the server's clock, when the transaction began: looked up once a statement. */
export const now = `(SELECT floor(date_part('epoch', now()) * 1000))`;

/** When a saga is due that waits for no time: it is parked, or queued for as long as it takes. */
export const never = `'Infinity'::float8`;

/**
 * What makes the tables, step by step; steps are only ever added.
 *
 * A row of `sagas` is locked by every checkpoint and changed by some, so it is narrow, its page has room for the next versions (`fillfactor`), and no
 * index knows what most of those change: the new version stays in its page and costs no index entry (HOT). `due_at` is when a saga can be claimed: at once,
 * when it wants to go on, when its lease ends, or never; so the index on it answers every claim, and whoever is over is not in it.
 */
export const tableSteps = (t: TableNames): readonly string[] => [
  `CREATE TABLE ${t.sagas} (
     id text PRIMARY KEY,
     saga text NOT NULL,
     fingerprint text NOT NULL,
     input text NOT NULL,
     call text NOT NULL,
     tenant text,
     created_at float8 NOT NULL,
     deadline float8,
     lock_key text,
     line_no bigint,
     status text NOT NULL,
     fence int NOT NULL,
     owner text,
     due_at float8 NOT NULL,
     ended_at float8,
     asked text[] NOT NULL DEFAULT '{}',
     asked_count int NOT NULL DEFAULT 0,
     answered int NOT NULL DEFAULT 0,
     given text
   ) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05)`,
  `CREATE INDEX sagas_due ON ${t.sagas} (due_at, created_at) WHERE ended_at IS NULL`,
  `CREATE INDEX sagas_ended ON ${t.sagas} (ended_at) WHERE ended_at IS NOT NULL`,
  `CREATE INDEX sagas_created ON ${t.sagas} (created_at, id)`,
  `CREATE INDEX sagas_line ON ${t.sagas} (lock_key, line_no) WHERE line_no IS NOT NULL`,
  `CREATE INDEX sagas_asked ON ${t.sagas} (owner) WHERE asked_count > answered AND owner IS NOT NULL`,
  `CREATE SEQUENCE ${t.line}`,
  `CREATE TABLE ${t.journal} (saga_id text NOT NULL, seq int NOT NULL, body text NOT NULL, PRIMARY KEY (saga_id, seq))`,
  `CREATE TABLE ${t.outbox} (
     position bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
     id text NOT NULL UNIQUE,
     body text NOT NULL,
     tx xid8 NOT NULL DEFAULT pg_current_xact_id()
   )`,
  `CREATE TABLE ${t.publisher} (one int PRIMARY KEY CHECK (one = 1), worker text NOT NULL, until float8 NOT NULL, taken bigint[] NOT NULL)`,
  `INSERT INTO ${t.publisher} VALUES (1, '', 0, '{}')`,
  `CREATE TABLE ${t.locks} (key text PRIMARY KEY, holder text NOT NULL)`,
];
