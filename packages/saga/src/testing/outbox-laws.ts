import assert from 'node:assert/strict';
import { withCode } from '@tutti/core/testing';
import { anotherOf, by, entry, event, held, idsOf, loaded, long, newSaga, type SagaStoreLaw } from './saga-store-subject.ts';

export const outboxLaws: readonly SagaStoreLaw[] = [
  {
    id: 'SA-12',
    title: 'events are in the outbox when their write was, in the order of commits, and until they are dropped',
    async run({ store }) {
      const { created } = await store.create(newSaga('a'), { hold: { worker: 'one', leaseMs: long }, events: [event('e1')] });
      assert.ok(created);
      await store.create(newSaga('a'), { events: [event('again')] });
      const mine = { id: 'a', fence: 1 };
      await store.checkpoint(by('one', mine, { entries: [entry(2, 'intent')], events: [event('e3'), event('e2')] }));
      await store.checkpoint(
        by('one', mine, { name: 'finish', status: 'completed', entries: [entry(3, 'completed')], events: [event('e4')] }),
      );
      await assert.rejects(store.checkpoint(by('one', mine, { events: [event('fenced')] })), withCode('SAGA_FENCED'));
      assert.equal((await store.desk.stats()).unpublished, 4);
      assert.deepEqual(await store.outbox.take('one', long, 2), [event('e1'), event('e3')]);
      assert.deepEqual(idsOf(await store.outbox.take('one', long, 3)), ['e1', 'e3', 'e2'], 'who has them gets them again');
      await store.outbox.drop('one', ['e1', 'e3']);
      assert.deepEqual(idsOf(await store.outbox.take('one', long, 10)), ['e2', 'e4']);
      await store.outbox.drop('one', ['e2', 'e4', 'unknown']);
      assert.deepEqual([await store.outbox.take('one', long, 10), (await store.desk.stats()).unpublished], [[], 0]);
    },
  },
  {
    id: 'SA-12b',
    title: 'one worker publishes at a time: another gets nothing until the first has dropped what it took, or its time is up',
    async run({ store, leaseMs, pass }) {
      await store.create(newSaga('a'), { events: ['e1', 'e2', 'e3'].map(event) });
      assert.deepEqual(idsOf(await store.outbox.take('one', leaseMs, 1)), ['e1']);
      assert.deepEqual(await store.outbox.take('two', long, 10), []);
      await pass(leaseMs);
      assert.deepEqual(idsOf(await store.outbox.take('two', long, 2)), ['e1', 'e2'], 'it was not dropped in time');
      assert.deepEqual(await store.outbox.take('one', long, 10), []);
      await store.outbox.drop('two', ['e1']);
      assert.deepEqual(await store.outbox.take('one', long, 10), [], 'two still has one');
      await store.outbox.drop('two', ['e2']);
      assert.deepEqual(idsOf(await store.outbox.take('one', long, 10)), ['e3']);
    },
  },
  {
    id: 'SA-12c',
    title: 'of many who take at once, one gets all',
    async run({ store }) {
      await store.create(newSaga('a'), { events: ['e1', 'e2', 'e3'].map(event) });
      const taken = await Promise.all(Array.from({ length: 5 }, (_, index) => store.outbox.take(`w${index}`, long, 10)));
      assert.deepEqual(taken.filter((events) => events.length > 0).map(idsOf), [['e1', 'e2', 'e3']]);
    },
  },
  {
    id: 'SA-12d',
    title: 'many checkpoints at once each keep their events, and those of one saga their order',
    async run({ store }) {
      const holdings = await Promise.all(Array.from({ length: 6 }, (_, index) => held(store, `s${index}`)));
      for (let round = 2; round <= 4; round++)
        await Promise.all(
          holdings.map((mine) =>
            store.checkpoint(by('one', mine, { entries: [entry(round, 'done')], events: [event(`${mine.id}/${round}`)] })),
          ),
        );
      const ids = idsOf(await store.outbox.take('one', long, 100));
      assert.equal(ids.length, 18);
      for (const { id } of holdings)
        assert.deepEqual(
          ids.filter((each) => each.startsWith(`${id}/`)),
          [2, 3, 4].map((round) => `${id}/${round}`),
        );
    },
  },
  {
    id: 'SA-12e',
    title: 'one store publishes at a time, what any of them kept',
    requires: 'shared',
    async run(subject) {
      const { store } = subject;
      const other = await anotherOf(subject);
      await store.create(newSaga('a'), { events: [event('e1')] });
      await other.create(newSaga('b'), { events: [event('e2')] });
      assert.deepEqual(idsOf(await other.outbox.take('two', long, 1)), ['e1']);
      assert.deepEqual(await store.outbox.take('one', long, 10), []);
      await other.outbox.drop('two', ['e1']);
      assert.deepEqual(idsOf(await store.outbox.take('one', long, 10)), ['e2']);
    },
  },
  {
    id: 'SA-13',
    title: 'statements are executed when their checkpoint is written, and their refusal refuses it whole',
    requires: 'transactional',
    async run({ store, tx }) {
      assert.ok(tx, 'a store that is transactional needs a table to be tested');
      await tx.prepare();
      const { created } = await store.create(newSaga('a'), { hold: { worker: 'one', leaseMs: long }, statements: [tx.statement('r0', 1)] });
      assert.ok(created);
      assert.equal((await store.create(newSaga('a'), { statements: [tx.statement('again', 1)] })).created, false);
      const mine = { id: 'a', fence: 1 };
      await store.checkpoint(by('one', mine, { entries: [entry(2, 'done')], statements: [tx.statement('r1', 1), tx.statement('r2')] }));
      assert.deepEqual((await tx.ids()).toSorted(), ['r0', 'r1', 'r2']);
      const kept = await loaded(store, 'a');
      const lost = { entries: [entry(3, 'failed')], events: [event('lost')] };
      const conflict = by('one', mine, { ...lost, statements: [tx.statement('r3', 1), tx.statement('r4', 2)] });
      await assert.rejects(store.checkpoint(conflict), refusal('SAGA_TX_CONFLICT', { id: 'a', statement: 2, rows: 1 }));
      const refused = by('one', mine, { ...lost, statements: [tx.statement('r3', 1), tx.statement('r4', 1), tx.refused()] });
      await assert.rejects(store.checkpoint(refused), refusal('SAGA_TX_REFUSED', { id: 'a', statement: 3 }));
      const twice = by('one', mine, { ...lost, statements: [tx.statement('r1', 1)] });
      await assert.rejects(store.checkpoint(twice), refusal('SAGA_TX_REFUSED', { id: 'a', statement: 1 }), 'a row that is there');
      await assert.rejects(
        store.checkpoint(by('two', mine, { ...lost, statements: [tx.statement('r3', 1)] })),
        refusal('SAGA_FENCED', { id: 'a', fence: 1 }),
      );
      const over = by('one', mine, { ...lost, status: 'completed', name: 'finish', statements: [tx.statement('r4', 2)] });
      await assert.rejects(store.checkpoint(over), refusal('SAGA_TX_CONFLICT', { id: 'a', statement: 1, rows: 1 }));
      assert.deepEqual([await loaded(store, 'a'), (await tx.ids()).toSorted()], [kept, ['r0', 'r1', 'r2']]);
      assert.deepEqual(await store.outbox.take('one', long, 10), []);
      await store.checkpoint({ ...over, statements: [tx.statement('r4', 1)] });
      assert.deepEqual((await tx.ids()).toSorted(), ['r0', 'r1', 'r2', 'r4']);
    },
  },
  {
    id: 'SA-13b',
    title: 'statements of many checkpoints at once are refused each for itself',
    requires: 'transactional',
    async run({ store, tx }) {
      assert.ok(tx, 'a store that is transactional needs a table to be tested');
      await tx.prepare();
      const holdings = await Promise.all(Array.from({ length: 6 }, (_, index) => held(store, `s${index}`)));
      const ends = await Promise.allSettled(
        holdings.map((mine, index) =>
          store.checkpoint(by('one', mine, { entries: [entry(2, 'done')], statements: [tx.statement(mine.id, index % 2 ? 2 : 1)] })),
        ),
      );
      assert.deepEqual(
        ends.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled', 'rejected'],
      );
      assert.deepEqual((await tx.ids()).toSorted(), ['s0', 's2', 's4']);
      for (const { id } of holdings) assert.equal((await loaded(store, id)).entries.length, Number(id.slice(1)) % 2 ? 1 : 2);
    },
  },
];

/** For `assert.rejects`: a code, and what its details must say. */
function refusal(code: string, details: Readonly<Record<string, unknown>>): (error: unknown) => boolean {
  return (error) => {
    withCode(code)(error);
    const found = (error as { readonly details: Readonly<Record<string, unknown>> }).details;
    for (const [key, value] of Object.entries(details)) assert.equal(found[key], value, key);
    return true;
  };
}
