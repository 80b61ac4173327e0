import { sqliteDatabase } from '@tutti/core/sqlite';
import { testRuntime } from '@tutti/core/testing';
import fc from 'fast-check';
import { it } from 'vitest';
import { memoryStore } from '../src/adapters/memory.ts';
import { sqliteStore } from '../src/adapters/sqlite.ts';
import { agree, commandLists } from './store-commands.ts';

it('the sqlite store and the memory store agree, whatever is asked of them', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(commandLists, async (commands) => {
      const runtime = testRuntime();
      await using database = sqliteDatabase({ path: ':memory:' });
      await database.start();
      const [model, store] = [memoryStore(), sqliteStore({ database })];
      for (const each of [model, store]) await each.open(runtime);
      await agree(commands, { model, store, runtime, advance: (ms) => runtime.clock.advance(ms) });
    }),
    { numRuns: 200 },
  );
});
