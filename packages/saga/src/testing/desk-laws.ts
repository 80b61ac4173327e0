import assert from 'node:assert/strict';
import { TuttiError } from '@tutti/core';
import { eventually } from '@tutti/core/testing';
import type { SagaStore } from '../store/saga-store.ts';
import {
  anotherOf,
  by,
  claim,
  claimedIds,
  claimOne,
  entry,
  held,
  idsOf,
  loaded,
  newSaga,
  request,
  type SagaStoreLaw,
  type SagaStoreSubject,
} from './saga-store-subject.ts';

const finish = { name: 'finish', status: 'completed', entries: [entry(2, 'completed')] } as const;

export const deskLaws: readonly SagaStoreLaw[] = [
  {
    id: 'SA-7',
    title: 'who watches is told of a saga that was created, given back, asked or over, until he stops watching',
    async run(subject) {
      const { store } = subject;
      const ears = listening(subject, store);
      await ears.hear('a new one', () => store.create(newSaga('a')));
      const mine = await claimOne(store, 'one');
      await ears.hear('one given back', () => store.renew('one', [mine], 0));
      const again = await claimOne(store, 'one');
      await ears.hear('a request', () => store.desk.ask('a', request('cancel'), ['running']));
      await ears.hear('one given back for later', () => store.checkpoint(by('one', again, { dueAt: 0, answered: 1 })));
      const last = await claimOne(store, 'one');
      await ears.hear('one that is over', () => store.checkpoint(by('one', last, { ...finish, answered: 1 })));
      ears.stop();
      await store.create(newSaga('b'));
      await subject.pass(100);
      assert.equal(ears.missed(), true, 'who does not watch is not called');
    },
  },
  {
    id: 'SA-7b',
    title: 'who watches through another store is told soon',
    requires: 'shared',
    async run(subject) {
      const other = await anotherOf(subject);
      const ears = listening(subject, other);
      const { store } = subject;
      await ears.hear('a new one', () => store.create(newSaga('a')));
      const mine = await claimOne(store, 'one');
      await ears.hear('a request', () => store.desk.ask('a', request('cancel'), ['running']));
      await ears.hear('one that is over', () => store.checkpoint(by('one', mine, { ...finish, answered: 1 })));
      ears.stop();
    },
  },
  {
    id: 'SA-11',
    title: 'a request is kept only if the status allows it, and the holder hears of it until it has answered',
    async run({ store }) {
      const mine = await held(store, 'a');
      assert.equal(await store.desk.ask('nobody', request('cancel'), ['running']), undefined);
      assert.equal(await store.desk.ask('a', request('retry'), ['stuck', 'compensation_failed'], 'running'), 'running');
      assert.deepEqual([(await loaded(store, 'a')).asked, (await claim(store, 'one')).asked], [[], []]);
      const [first, second] = [request('cancel'), request('skip', { step: 'x', reason: 'ü', actor: 'bob' })];
      assert.equal(await store.desk.ask('a', first, ['running', 'compensating']), 'running');
      assert.deepEqual((await claim(store, 'one', { max: 0 })).asked, ['a']);
      assert.deepEqual((await claim(store, 'two')).asked, [], 'only the holder hears of it');
      await store.desk.ask('a', second, ['running']);
      const { asked, status, owner } = await loaded(store, 'a');
      assert.deepEqual([asked, status, owner], [[first, second], 'running', 'one']);
      await store.checkpoint(by('one', mine, { name: 'answer', answered: 1, entries: [entry(2, 'asked')] }));
      assert.deepEqual((await claim(store, 'one')).asked, ['a'], 'one is not answered');
      await store.checkpoint(by('one', mine, { name: 'answer', answered: 2, entries: [entry(3, 'asked')] }));
      assert.deepEqual((await claim(store, 'one')).asked, []);
      await store.checkpoint(by('one', mine, { answered: 2, entries: [entry(4, 'intent')] }));
      assert.deepEqual([(await claim(store, 'one')).asked, (await loaded(store, 'a')).asked.length], [[], 2]);
    },
  },
  {
    id: 'SA-11b',
    title: 'a request opens a saga in the step that keeps it: one that sleeps or is parked can be claimed at once',
    async run({ store }) {
      const { now } = await claim(store, 'one', { max: 0 });
      await store.checkpoint(by('one', await held(store, 'sleeper'), { dueAt: now + 3_600_000 }));
      await store.checkpoint(by('one', await held(store, 'parked'), { name: 'finish', status: 'compensation_failed' }));
      await store.checkpoint(by('one', await held(store, 'over'), finish));
      assert.deepEqual(await claimedIds(store, 'two'), []);
      assert.equal(await store.desk.ask('over', request('cancel'), ['running', 'compensating']), 'completed');
      assert.equal(await store.desk.ask('sleeper', request('cancel'), ['running']), 'running');
      assert.equal(
        await store.desk.ask('parked', request('retry'), ['stuck', 'compensation_failed'], 'compensating'),
        'compensation_failed',
      );
      const { sagas } = await claim(store, 'two');
      const opened = sagas.map(({ id, status, asked, fence, takenFrom }) => [id, status, asked.length, fence, takenFrom]);
      assert.deepEqual(
        opened.toSorted((a, b) => String(a[0]).localeCompare(String(b[0]))),
        [
          ['parked', 'compensating', 1, 2, undefined],
          ['sleeper', 'running', 1, 2, undefined],
        ],
      );
      assert.equal(await store.desk.ask('parked', request('retry'), ['compensation_failed'], 'compensating'), 'compensating');
    },
  },
  {
    id: 'SA-11d',
    title: 'a saga that is given back until a later time can be claimed at once when its holder has not answered a request',
    async run({ store }) {
      const { now } = await claim(store, 'one', { max: 0 });
      const mine = await held(store, 'a');
      await store.desk.ask('a', request('cancel'), ['running']);
      await store.checkpoint(by('one', mine, { name: 'leave', dueAt: now + 3_600_000 }));
      const again = await claimOne(store, 'two');
      await store.checkpoint(by('two', again, { name: 'leave', dueAt: now + 3_600_000, answered: 1, entries: [entry(2, 'asked')] }));
      assert.deepEqual(await claimedIds(store, 'two'), [], 'it is answered');
    },
  },
  {
    id: 'SA-11c',
    title: 'of many who ask at once for what can be asked once, one is heard',
    async run({ store }) {
      await store.checkpoint(by('one', await held(store, 'a'), { name: 'finish', status: 'stuck' }));
      const found = await Promise.all(Array.from({ length: 6 }, () => store.desk.ask('a', request('retry'), ['stuck'], 'running')));
      assert.deepEqual(found.toSorted(), ['running', 'running', 'running', 'running', 'running', 'stuck']);
      assert.equal((await loaded(store, 'a')).asked.length, 1);
    },
  },
  {
    id: 'SA-14',
    title: 'forgetting removes what was over before a time, with its journal, and nothing else',
    async run({ store, pass }) {
      for (const id of ['a', 'b', 'c']) await store.checkpoint(by('one', await held(store, id, 'one', { lockKey: id }), finish));
      await store.desk.ask('a', request('retry'), ['completed']);
      await pass(20);
      const { now: before } = await claim(store, 'one', { max: 0 });
      await pass(20);
      await store.checkpoint(by('one', await held(store, 'late'), finish));
      await store.checkpoint(by('one', await held(store, 'parked'), { name: 'finish', status: 'stuck' }));
      await held(store, 'running');
      assert.equal(await store.desk.forget(0, 10), 0);
      assert.equal(await store.desk.forget(before, 2), 2);
      assert.equal(await store.desk.forget(before, 10), 1);
      assert.equal(await store.desk.forget(before, 10), 0);
      assert.deepEqual(idsOf((await store.desk.list({ limit: 10 })).items).toSorted(), ['late', 'parked', 'running']);
      assert.equal((await store.create(newSaga('a', { entries: [] }))).created, true, 'its id is free');
      const { entries, asked } = await loaded(store, 'a');
      assert.deepEqual([entries, asked], [[], []]);
      assert.equal((await loaded(store, 'late')).entries.length, 2);
    },
  },
  {
    id: 'SA-18',
    title: 'of many sagas those that are over, parked or not there are named at once',
    async run({ store }) {
      for (const status of ['completed', 'compensated', 'stuck', 'compensation_failed'] as const)
        await store.checkpoint(
          by('one', await held(store, status), { name: 'finish', status, entries: [entry(2, status === 'stuck' ? 'stuck' : 'completed')] }),
        );
      await held(store, 'running');
      await store.checkpoint(by('one', await held(store, 'undoing'), { status: 'compensating', entries: [entry(2, 'compensating')] }));
      await held(store, 'first', 'one', { lockKey: 'k' });
      await store.create(newSaga('queued', { lockKey: 'k' }));
      const asked = ['running', 'completed', 'queued', 'ü nobody', 'stuck', 'undoing', 'compensation_failed', 'first', 'compensated'];
      const ended = ['compensated', 'compensation_failed', 'completed', 'stuck', 'ü nobody'];
      assert.deepEqual((await store.desk.ended(asked)).toSorted(), ended);
      assert.deepEqual(await store.desk.ended([]), []);
      const many = Array.from({ length: 499 }, (_, index) => `none-${index}`);
      assert.deepEqual((await store.desk.ended([...many, 'running'])).toSorted(), many.toSorted());
    },
  },
  {
    id: 'SA-16',
    title: 'a list shows every saga that fits once, the newest first, whatever the pages; the counts agree',
    async run({ store }) {
      const nth = (index: number): string => `s${String(index).padStart(2, '0')}`;
      for (let index = 0; index < 12; index++)
        await store.create(
          newSaga(nth(index), {
            saga: index % 3 ? 'trip' : 'order',
            createdAt: 1_700_000_000_000 + index,
            call: index % 2 ? { tenantid: 'acme' } : {},
            ...(index === 4 && { lockKey: 'k' }),
          }),
          { hold: { worker: 'one', leaseMs: 60_000 } },
        );
      for (const index of [1, 2]) await store.checkpoint(by('one', { id: nth(index), fence: 1 }, finish));
      await store.checkpoint(by('one', { id: nth(3), fence: 1 }, { name: 'finish', status: 'stuck' }));
      const newest = Array.from({ length: 12 }, (_, index) => nth(11 - index));
      assert.deepEqual(await pages(store, {}, 5), newest);
      assert.deepEqual(await pages(store, {}, 12), newest);
      assert.deepEqual(await pages(store, { saga: 'order' }, 3), [nth(9), nth(6), nth(3), nth(0)]);
      assert.deepEqual(await pages(store, { status: 'completed' }, 1), [nth(2), nth(1)]);
      assert.deepEqual(await pages(store, { status: 'stuck', saga: 'order', tenant: 'acme' }, 1), [nth(3)]);
      assert.deepEqual(
        await pages(store, { tenant: 'acme' }, 4),
        newest.filter((_, index) => index % 2 === 0),
      );
      assert.deepEqual(await pages(store, { tenant: 'nobody' }, 4), []);
      const [summary] = (await store.desk.list({ limit: 1, saga: 'trip', status: 'running' })).items;
      const { owner, fence, dueAt } = await loaded(store, nth(11));
      assert.deepEqual(summary, {
        id: nth(11),
        saga: 'trip',
        fingerprint: 'f1',
        status: 'running',
        createdAt: 1_700_000_000_011,
        tenant: 'acme',
        owner,
        fence,
        dueAt,
      });
      const { counts, unpublished } = await store.desk.stats();
      assert.deepEqual(counts.map(({ saga, status, count }) => `${saga} ${status} ${count}`).toSorted(), [
        'order running 3',
        'order stuck 1',
        'trip completed 2',
        'trip running 6',
      ]);
      assert.equal(unpublished, 0);
    },
  },
  {
    id: 'SA-16c',
    title: 'a list that is asked to go on from what is the end of no page refuses, instead of showing the wrong sagas',
    async run({ store }) {
      await held(store, 'a');
      for (const after of ['', 'a', '-1', '{}', '[1]', '["a", 1]', 'null', '1.5e3', '-0000000000001.000a'])
        await assert.rejects(store.desk.list({ limit: 1, after }), isRefusal, `'${after}' is the end of no page`);
      for (const after of ['x', '{"createdAt":1}'])
        await assert.rejects(store.desk.list({ limit: 1, status: 'running', saga: 'trip', after }), isRefusal);
    },
  },
  {
    id: 'SA-16b',
    title: 'the counts say how long the one that waits longest has waited, and how many events do',
    async run({ store, pass }) {
      assert.deepEqual(await store.desk.stats(), { counts: [], oldestDueMs: 0, unpublished: 0 });
      await held(store, 'held');
      await store.create(newSaga('a'), { events: [{ id: 'e', body: '1' }] });
      await pass(100);
      const { oldestDueMs, unpublished } = await store.desk.stats();
      assert.ok(oldestDueMs >= 100 && oldestDueMs < 60_000, `it has waited for 100 ms or a little more, not ${oldestDueMs}`);
      assert.equal(unpublished, 1);
      await claimOne(store, 'one');
      assert.equal((await store.desk.stats()).oldestDueMs, 0);
    },
  },
];

const isRefusal = (error: unknown): boolean => TuttiError.is(error, 'INVALID_ARGUMENT') && error.message.includes('list.after');

async function pages(store: SagaStore, query: object, limit: number): Promise<readonly string[]> {
  const ids: string[] = [];
  let after: string | undefined;
  for (let turn = 0; turn < 30; turn++) {
    const { items, next } = await store.desk.list({ ...query, limit, ...(after !== undefined && { after }) });
    assert.ok(items.length <= limit);
    ids.push(...idsOf(items));
    if (next === undefined) return ids;
    after = next;
  }
  throw new Error('the pages have no end');
}

/** Somebody who watches a store. Time goes by while he waits, as a watcher may be called by a timer. */
function listening({ pass }: SagaStoreSubject, store: SagaStore) {
  let rung = 0;
  const stop = store.desk.watch(() => void rung++);
  let before = 0;
  return {
    stop,
    /** Whether nothing was heard since the last time. */
    missed: () => rung === before,
    async hear(what: string, work: () => Promise<unknown>): Promise<void> {
      await pass(60); // what rings late for something earlier
      before = rung;
      await work();
      await eventually(
        `the watcher is told of ${what}`,
        async () => {
          if (rung === before) await pass(20);
          return rung > before;
        },
        3_000,
        5,
      );
      before = rung;
    },
  };
}
