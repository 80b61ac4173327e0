import { faultScale, testRuntime } from '@tutti/core/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, it } from 'vitest';
import { describeWith } from '../../../tools/services/needs.ts';
import { type PostgresServer, startPostgres } from '../../../tools/services/postgres.ts';
import { memoryStore } from '../src/adapters/memory.ts';
import { type PostgresPlace, postgresPlace } from './postgres-place.ts';
import { agree, commandLists } from './store-commands.ts';

/** Found before the server's own wherever no schema is named, so that its time can be held still. */
const ownTime = `CREATE SCHEMA held;
  CREATE TABLE held.clock (at float8);
  INSERT INTO held.clock VALUES (0);
  CREATE FUNCTION held.now() RETURNS timestamptz STABLE LANGUAGE sql AS 'SELECT pg_catalog.to_timestamp(at / 1000 + 0.0005) FROM held.clock';
  ALTER DATABASE model SET search_path = held, pg_catalog`;

describeWith('postgres', 'the Postgres store beside the memory store', () => {
  let server: PostgresServer;
  let place: PostgresPlace;
  beforeAll(async () => {
    server = await startPostgres(['fsync=off']);
    const url = await server.createDatabase('model');
    const making = await postgresPlace(url);
    await making.pool.query(ownTime);
    await making.drop();
    place = await postgresPlace(url);
  }, 60_000);
  afterAll(async () => {
    await place.drop();
    await server.stop();
  });

  it('agrees, whatever is asked of them', { timeout: 300_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(commandLists, async (commands) => {
        const runtime = testRuntime();
        const setTime = async (): Promise<void> => void (await place.pool.query('UPDATE held.clock SET at = $1', [runtime.clock.epoch()]));
        await setTime();
        const [model, store] = [memoryStore(), await place.store()];
        await model.open(runtime);
        const advance = async (ms: number): Promise<void> => {
          await runtime.clock.advance(ms);
          if (ms > 0) await setTime();
        };
        try {
          await agree(commands, { model, store, runtime, advance, knowsRepeated: true });
        } finally {
          await place.clear();
        }
      }),
      { numRuns: faultScale(150, 0.08) },
    );
  });
});
