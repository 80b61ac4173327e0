import { TuttiError } from '@tutti/core';
import { eventually } from '@tutti/core/testing';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../../../tools/services/needs.ts';
import { anyPostgres } from '../../../tools/services/postgres.ts';
import type { SagaStore } from '../src/store/saga-store.ts';
import { by, claim, entry, event, held, idsOf, loaded, long, newSaga } from '../src/testing/saga-store-subject.ts';
import { type PostgresPlace, poolOf, postgresPlace } from './postgres-place.ts';

const codes = (ends: readonly PromiseSettledResult<unknown>[]): readonly string[] =>
  ends.map((end) => (end.status === 'fulfilled' ? 'written' : TuttiError.is(end.reason) ? end.reason.code : String(end.reason)));

describeWith(
  'postgres',
  'what is written to Postgres at the same time',
  () => {
    let server: Awaited<ReturnType<typeof anyPostgres>>;
    let place: PostgresPlace;
    beforeAll(async () => {
      server = await anyPostgres(['fsync=off']);
      place = await postgresPlace(server.url);
    }, 60_000);
    afterEach(() => place.clear());
    afterAll(async () => {
      await place.drop();
      await server.stop();
    });
    const rows = async (sql: string, values: readonly unknown[] = []): Promise<readonly Readonly<Record<string, unknown>>[]> =>
      (await place.pool.query(sql.replaceAll('$schema', place.schema), values)).rows;
    const many = async (store: SagaStore, count: number): Promise<readonly string[]> => {
      const ids = Array.from({ length: count }, (_, index) => `s${String(index).padStart(4, '0')}`);
      await Promise.all(ids.map((id) => held(store, id)));
      return ids;
    };

    it('shares a commit, and each of it is accepted or refused by its own fence', async () => {
      const store = await place.store();
      const ids = await many(store, 200);
      const before = entry(2, 'intent', { step: 'x' });
      const ends = await Promise.allSettled([
        ...ids.map((id, index) => {
          const [worker, fence] = index % 4 === 1 ? ['two', 1] : ['one', index % 4 === 2 ? 2 : 1];
          return store.checkpoint(by(String(worker), { id, fence: Number(fence) }, { entries: [before], events: [event(`e${id}`)] }));
        }),
        store.checkpoint(by('one', { id: 'nobody', fence: 1 }, { entries: [before], events: [event('of nobody')] })),
        store.create(newSaga(ids[0] as string, { input: 'other' })).then(({ created }) => expect(created).toBe(false)),
        store.create(newSaga('new')).then(({ created }) => expect(created).toBe(true)),
      ]);
      const wanted = ids.map((_, index) => (index % 4 === 1 || index % 4 === 2 ? 'SAGA_FENCED' : 'written'));
      expect(codes(ends)).toEqual([...wanted, 'SAGA_FENCED', 'written', 'written']);
      const noted = await rows('SELECT saga_id FROM $schema.saga_journal WHERE seq = 2 ORDER BY saga_id');
      const accepted = ids.filter((_, index) => wanted[index] === 'written');
      expect(noted.map(({ saga_id }) => saga_id)).toEqual(accepted);
      expect((await store.outbox.take('one', long, 1_000)).length).toBe(accepted.length);
      const [commits] = await rows('SELECT count(DISTINCT xmin::text)::int AS count FROM $schema.saga_journal WHERE seq = 2');
      expect(commits?.['count']).toBeLessThanOrEqual(4);
    });

    it('keeps the order of the writes of one saga', async () => {
      const store = await place.store();
      const mine = await held(store, 'a');
      const others = await many(store, 50);
      await Promise.all([
        ...Array.from({ length: 40 }, (_, index) =>
          store.checkpoint(by('one', mine, { entries: [entry(2, 'attempt-failed', { attempt: index })] })),
        ),
        ...others.map((id) => store.checkpoint(by('one', { id, fence: 1 }, { entries: [entry(2, 'done')] }))),
      ]);
      expect((await loaded(store, 'a')).entries[1]?.attempt).toBe(39);
    });

    it('is not spoilt by one of them that cannot be kept', async () => {
      const store = await place.store();
      const ids = await many(store, 30);
      const ends = await Promise.allSettled(
        ids.map((id, index) =>
          store.checkpoint(by('one', { id, fence: 1 }, { events: [event(index === 17 ? 'a zero \0 byte' : `e${id}`)] })),
        ),
      );
      expect(codes(ends)).toEqual(ids.map((_, index) => (index === 17 ? 'INVALID_DATA' : 'written')));
      expect((await store.outbox.take('one', long, 100)).length).toBe(29);
      await expect(store.create(newSaga('b', { input: 'a \0' }))).rejects.toMatchObject({ code: 'SAGA_PAYLOAD_REFUSED' });
      await expect(store.create(newSaga('b', { input: '\ud800' }))).rejects.toMatchObject({ code: 'SAGA_PAYLOAD_REFUSED' });
    });

    it('is refused after a claim that was committed while it waited for the row', async () => {
      const store = await place.store();
      const mine = await held(store, 'a');
      const other = await poolOf(server.url, 1);
      await other.query('BEGIN');
      await other.query(`UPDATE ${place.schema}.sagas SET owner = 'two', fence = 2 WHERE id = 'a'`);
      const waiting = store.checkpoint(by('one', mine, { entries: [entry(2, 'done')], events: [event('e')] }));
      const isWaiting = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%saga_journal%'`;
      await eventually('it waits for the row', async () => (await rows(isWaiting)).length > 0);
      await other.query('COMMIT');
      await other.end();
      await expect(waiting).rejects.toMatchObject({ code: 'SAGA_FENCED' });
      expect((await loaded(store, 'a')).entries.length).toBe(1);
      expect(await store.outbox.take('one', long, 10)).toEqual([]);
    });

    it('is known again when what gave the saga back comes twice, and changes nothing that happened since', async () => {
      const store = await place.store();
      const mine = await held(store, 'a', 'one', { lockKey: 'k' });
      const parks = by('one', mine, { name: 'finish', status: 'stuck', entries: [entry(2, 'stuck')] });
      await store.checkpoint(parks);
      const request = { verb: 'retry', actor: 'ada', reason: 'fixed', at: 1 } as const;
      expect(await store.desk.ask('a', request, ['stuck'], 'running')).toBe('stuck');
      const opened = await loaded(store, 'a');
      await store.checkpoint(parks); // whoever did not hear that it was written
      expect(await loaded(store, 'a')).toEqual(opened);
      await expect(store.checkpoint({ ...parks, entries: [entry(3, 'stuck')] })).rejects.toMatchObject({ code: 'SAGA_FENCED' });
      const [again] = (await claim(store, 'one')).sagas;
      await expect(store.checkpoint(parks)).rejects.toMatchObject({ code: 'SAGA_FENCED' });
      const ends = by('one', { id: 'a', fence: Number(again?.fence) }, { name: 'finish', status: 'completed', answered: 1 });
      await store.checkpoint(ends);
      await store.checkpoint(ends);
      expect((await store.create(newSaga('b', { lockKey: 'k' }))).lockedBy).toBeUndefined();
    });

    it('passes the key on also where the store does not know that the saga had one', async () => {
      const first = await place.store();
      const mine = await held(first, 'a', 'one', { lockKey: 'k' });
      await first.create(newSaga('b', { lockKey: 'k' }));
      const other = await place.store();
      await other.checkpoint(by('one', mine, { name: 'finish', status: 'completed', entries: [entry(2, 'completed')] }));
      expect(idsOf((await claim(other, 'two')).sagas)).toEqual(['b']);
    });

    it('does not write the row of a saga whose journal only grows, and no index with one that changes', async () => {
      const store = await place.store();
      const ids = await many(store, 20);
      const counts = async (): Promise<Readonly<Record<'noted' | 'all' | 'hot', number>>> => {
        const [found] = await rows(
          `SELECT (SELECT n_tup_ins FROM pg_stat_user_tables WHERE schemaname = '$schema' AND relname = 'saga_journal')::int AS noted,
            n_tup_upd::int AS all, n_tup_hot_upd::int AS hot FROM pg_stat_user_tables WHERE schemaname = '$schema' AND relname = 'sagas'`,
        );
        return { noted: Number(found?.['noted']), all: Number(found?.['all']), hot: Number(found?.['hot']) };
      };
      const before = await counts();
      for (let seq = 2; seq <= 21; seq++) {
        const what = seq <= 11 ? 'done' : 'compensating';
        await Promise.all(ids.map((id) => store.checkpoint(by('one', { id, fence: 1 }, { entries: [entry(seq, what)] }))));
      }
      await store.close(); // the server counts when a session ends, at the latest
      const after = await eventually('they are counted', async () => {
        const now = await counts();
        return now.noted - before.noted >= 400 && now.all - before.all >= 200 && now;
      });
      expect(after.all - before.all).toBe(200);
      expect((after.hot - before.hot) / (after.all - before.all)).toBeGreaterThan(0.9);
    });

    it('does not lock in a circle with leases that are renewed at the same time', async () => {
      const [first, second] = [await place.store(), await place.store()];
      const ids = await many(first, 60);
      const deadlocks = async (): Promise<number> =>
        Number((await rows('SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()'))[0]?.['deadlocks']);
      const before = await deadlocks();
      const endsAt = performance.now() + 1_500;
      const turns = [0, 0];
      const shuffled = (): readonly string[] => ids.toSorted(() => Math.random() - 0.5);
      const writes = async (store: SagaStore, mine: readonly string[]): Promise<void> => {
        for (let seq = 2; performance.now() < endsAt; seq++) {
          await Promise.all(
            mine
              .toSorted(() => Math.random() - 0.5)
              .map((id) => store.checkpoint(by('one', { id, fence: 1 }, { entries: [entry(2, 'done')] }))),
          );
          turns[0] = seq;
        }
      };
      const renews = async (store: SagaStore): Promise<void> => {
        while (performance.now() < endsAt) {
          const { lost } = await store.renew(
            'one',
            shuffled().map((id) => ({ id, fence: 1 })),
            long,
          );
          expect(lost).toEqual([]);
          turns[1] = (turns[1] ?? 0) + 1;
        }
      };
      await Promise.all([writes(first, ids), writes(second, ids), renews(first), renews(second)]);
      expect(turns.every((count) => count > 2)).toBe(true);
      await Promise.all([first.close(), second.close()]);
      expect(await deadlocks()).toBe(before);
    });

    it('never gives one saga to two of many who claim', async () => {
      const stores = await Promise.all([place.store(), place.store(), place.store()]);
      const ids = Array.from({ length: 300 }, (_, index) => `s${index}`);
      await Promise.all(ids.map((id, index) => (stores[index % 3] as SagaStore).create(newSaga(id))));
      const got: string[] = [];
      await Promise.all(
        stores.map(async (store, index) => {
          for (;;) {
            const { sagas } = await claim(store, `w${index}`, { max: 7 });
            if (sagas.length === 0 && got.length === ids.length) return;
            got.push(...idsOf(sagas));
          }
        }),
      );
      expect(got.toSorted()).toEqual(ids.toSorted());
    });

    it('is published in the order of commits, although a position given earlier may be committed later', async () => {
      const store = await place.store();
      const slow = await poolOf(server.url, 1);
      await slow.query('BEGIN');
      await slow.query(`INSERT INTO ${place.schema}.saga_outbox (id, body) VALUES ('slow', '1')`);
      await store.create(newSaga('a'), { events: [event('fast')] });
      const seen = await rows('SELECT id FROM $schema.saga_outbox ORDER BY position');
      expect(seen).toEqual([{ id: 'fast' }]); // control: without the watermark it would be taken, and `slow` after it
      expect(await store.outbox.take('one', long, 10)).toEqual([]);
      await slow.query('COMMIT');
      await slow.end();
      expect(idsOf(await store.outbox.take('one', long, 10))).toEqual(['slow', 'fast']);
    });

    it('leaves the pool of the host as it was', async () => {
      const pool = await poolOf(server.url, 5);
      const store = await place.store({ pool });
      const mine = await held(store, 'a');
      await store.checkpoint(by('one', mine, { entries: [entry(2, 'done')] }));
      await store.close();
      const found = await Promise.all(Array.from({ length: 5 }, () => pool.query('SHOW enable_seqscan')));
      expect(found.map(({ rows: [row] }) => row?.['enable_seqscan'])).toEqual(Array(5).fill('on'));
      const channels = await Promise.all(Array.from({ length: 5 }, () => pool.query('SELECT pg_listening_channels()')));
      expect(channels.flatMap(({ rows: each }) => each)).toEqual([]);
      await pool.end();
    });

    it('executes the statements of a checkpoint once, however often it is written', async () => {
      const store = await place.store();
      const mine = await held(store, 'a');
      await place.pool.query(`CREATE TABLE ${place.schema}.rows (id text)`);
      const insert = [{ sql: `INSERT INTO ${place.schema}.rows VALUES ($1)`, values: ['x'], expectedRows: 1 }];
      const counted = async (): Promise<unknown> => (await rows('SELECT count(*)::int AS count FROM $schema.rows'))[0]?.['count'];
      const books = by('one', mine, { name: 'outcome', entries: [entry(2, 'done', { step: 'book' })], statements: insert });
      await Promise.all([store.checkpoint(books), store.checkpoint(books), store.checkpoint(books)]);
      await store.checkpoint(books);
      expect(await counted()).toBe(1);
      await store.checkpoint(by('one', mine, { entries: [entry(3, 'intent', { step: 'another branch' })] }));
      await store.checkpoint(books);
      expect(await counted()).toBe(1);
      await store.checkpoint({ ...books, entries: [entry(4, 'done', { step: 'book again' })] });
      expect(await counted()).toBe(2);
      const ends = { ...books, name: 'finish', status: 'completed', entries: [entry(5, 'completed')] } as const;
      await store.checkpoint(ends);
      await store.checkpoint(ends);
      expect(await counted()).toBe(3);
    });

    it('does not let a statement of a step end the transaction that it runs in', async () => {
      const store = await place.store();
      const mine = await held(store, 'a');
      for (const sql of ['COMMIT', ' rollback', '/* x */ -- y\n COMMIT', 'begin', 'SAVEPOINT x'])
        await expect(
          store.checkpoint(by('one', mine, { entries: [entry(2, 'done')], statements: [{ sql, values: [] }] })),
        ).rejects.toMatchObject({
          code: 'SAGA_TX_REFUSED',
          details: { id: 'a', statement: 1 },
        });
      expect((await loaded(store, 'a')).entries.length).toBe(1);
    });
  },
  'TUTTI_POSTGRES_URL',
);
