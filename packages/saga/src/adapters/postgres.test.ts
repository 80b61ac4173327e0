import { checkLaws } from '@tutti/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWith } from '../../../../tools/services/needs.ts';
import { anyPostgres } from '../../../../tools/services/postgres.ts';
import { type PostgresPlace, postgresPlace } from '../../test/postgres-place.ts';
import { sagaStoreLaws } from '../testing/index.ts';
import { type PostgresStoreOptions, postgresStore } from './postgres.ts';

const capabilities = { ...postgresStore({ url: 'postgres://127.0.0.1:1/none' }).capabilities };

describeWith(
  'postgres',
  'the Postgres store',
  () => {
    let server: Awaited<ReturnType<typeof anyPostgres>>;
    let place: PostgresPlace;
    beforeAll(async () => {
      server = await anyPostgres(['fsync=off']); // nobody pulls its plug
      place = await postgresPlace(server.url);
    }, 60_000);
    afterAll(async () => {
      await place.drop();
      await server.stop();
    });

    checkLaws(it, sagaStoreLaws, () => place.subject(), capabilities);
  },
  'TUTTI_POSTGRES_URL',
);

describe('the options of the Postgres store', () => {
  const url = 'postgres://127.0.0.1:1/none';
  it.each<[unknown, string]>([
    [{}, 'postgresStore must have one of url and pool'],
    [{ url, pool: { connect: 1, on: 1 } }, 'postgresStore must have one of url and pool'],
    [{ url: 'http://x' }, 'postgresStore.url must be a URL that begins with postgres:// or postgresql://'],
    [{ url: 'secret' }, 'postgresStore.url must be a URL that begins with postgres:// or postgresql://'],
    [{ pool: {} }, 'postgresStore.pool must be a pg Pool, got an object'],
    [{ url, schema: 'a"; DROP' }, 'postgresStore.schema must be at most 40 lower case letters'],
    [{ url, schema: 'Tutti' }, 'postgresStore.schema must be at most 40 lower case letters'],
    [{ url, commandTimeout: 5 }, 'postgresStore.commandTimeout must be a duration'],
    [{ url, maxConnections: 3 }, 'postgresStore.maxConnections must be a whole number ≥ 5, got 3'],
    [{ url, table: 'x' }, 'postgresStore.table is not an option'],
  ])('refuses %o', (options, message) => {
    expect(() => postgresStore(options as PostgresStoreOptions)).toThrowError(message);
  });
});
