import { checkOptions, coreError, type Duration, duration, durationMs, matching, objectWith, type Rule, wholeNumber } from '@tutti/core';
import type { PostgresPool } from './pg-client.ts';

export interface PostgresStoreOptions {
  /** `postgres://user:password@host:port/database`. A direct connection: a pooler that shares connections between transactions will not do. */
  readonly url?: string;
  /** A `pg` pool of the host's, which stays the host's. Three of its connections are kept while the store is open. */
  readonly pool?: PostgresPool;
  /** Where the tables are; stores of one schema share their sagas. Lower case letters, digits and `_`. @defaultValue 'tutti' */
  readonly schema?: string;
  /** How long an answer, a connection, or a transaction of the store may take. @defaultValue '5s' */
  readonly commandTimeout?: Duration;
  /** Connections of a pool of our own: three are kept, the others come and go. At least 5. @defaultValue 10 */
  readonly maxConnections?: number;
}

export const postgresStoreDefaults = { schema: 'tutti', commandTimeout: '5s', maxConnections: 10 } as const;

export interface PostgresSettings {
  readonly url: string | undefined;
  readonly pool: PostgresPool | undefined;
  readonly schema: string;
  readonly commandMs: number;
  readonly maxConnections: number;
  /** Where it is, without user and password. */
  readonly place: string;
}

/** Says nothing of the value itself: there may be a password in it. */
const postgresUrl: Rule = (value) =>
  typeof value === 'string' && URL.canParse(value) && /^postgres(ql)?:$/.test(new URL(value).protocol)
    ? undefined
    : 'must be a URL that begins with postgres:// or postgresql://';

/** @throws INVALID_OPTIONS naming the path */
export function resolvePostgresOptions(options: PostgresStoreOptions): PostgresSettings {
  const { url, pool, schema, commandTimeout, maxConnections } = checkOptions(
    'postgresStore',
    options,
    {
      optional: {
        url: postgresUrl,
        pool: objectWith('a pg Pool', 'connect', 'on'),
        schema: matching('at most 40 lower case letters, digits and _, with a letter first', /^[a-z][a-z\d_]{0,39}$/),
        commandTimeout: duration,
        maxConnections: wholeNumber({ min: 5 }),
      },
    },
    postgresStoreDefaults,
  );
  if ((url === undefined) === (pool === undefined))
    throw coreError('INVALID_OPTIONS', { path: 'postgresStore', problem: 'must have one of url and pool' });
  const address = url === undefined ? undefined : new URL(url);
  return {
    url,
    pool,
    schema,
    commandMs: Math.max(1, durationMs(commandTimeout, 'postgresStore.commandTimeout')),
    maxConnections,
    place: address ? `${address.host}${address.pathname}` : 'the pool of the host',
  };
}
