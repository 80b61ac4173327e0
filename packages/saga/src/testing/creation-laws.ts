import assert from 'node:assert/strict';
import { withCode } from '@tutti/core/testing';
import type { Created } from '../store/saga-store.ts';
import { anotherOf, by, claim, claimOne, entry, held, loaded, long, newSaga, type SagaStoreLaw } from './saga-store-subject.ts';

export const creationLaws: readonly SagaStoreLaw[] = [
  {
    id: 'SA-1',
    title: 'a saga is created once, with all that is said of it, and the same id again changes nothing',
    async run({ store }) {
      const saga = newSaga('a', {
        deadline: 1_800_000_000_000,
        lockKey: 'k',
        entries: [entry(1, 'started'), entry(2, 'intent', { step: 'x' })],
      });
      const { created, lockedBy, now } = await store.create(saga);
      assert.deepEqual([created, lockedBy, Number.isInteger(now)], [true, undefined, true]);
      const record = await loaded(store, 'a');
      assert.deepEqual(
        { ...record, dueAt: 0 },
        { ...saga, status: 'running', fence: 0, asked: [], dueAt: 0 },
        'what was said comes back as it was',
      );
      const again = await store.create(newSaga('a', { input: '{"to":"Oslo"}', entries: [entry(1, 'started'), entry(2, 'failed')] }));
      assert.equal(again.created, false);
      assert.deepEqual(await loaded(store, 'a'), record);
      assert.equal(await store.desk.load('b'), undefined);
    },
  },
  {
    id: 'SA-1b',
    title: 'a saga can be created as held: under fence 1, by the worker that creates it',
    async run({ store }) {
      const { created, now } = await store.create(newSaga('a'), { hold: { worker: 'one', leaseMs: long } });
      assert.ok(created);
      const { owner, fence, dueAt } = await loaded(store, 'a');
      assert.deepEqual([owner, fence], ['one', 1]);
      assert.ok(dueAt >= now + long - 1_000 && dueAt <= now + long + 1_000, 'it is due when the lease ends');
      assert.deepEqual((await claim(store, 'two')).sagas, []);
      assert.equal((await store.create(newSaga('a'), { hold: { worker: 'two', leaseMs: long } })).created, false);
      await assert.rejects(store.checkpoint(by('two', { id: 'a', fence: 1 })), withCode('SAGA_FENCED'));
      await store.checkpoint(by('one', { id: 'a', fence: 1 }, { entries: [entry(2, 'intent')] }));
    },
  },
  {
    id: 'SA-1c',
    title: 'one of many who create the same saga at once does',
    async run({ store }) {
      const inputs = Array.from({ length: 8 }, (_, index) => String(index));
      const made = await Promise.all(inputs.map((input) => store.create(newSaga('a', { input }))));
      const winners = inputs.filter((_, index) => made[index]?.created);
      assert.deepEqual([(await loaded(store, 'a')).input], winners);
      assert.equal((await loaded(store, 'a')).entries.length, 1);
    },
  },
  {
    id: 'SA-1d',
    title: 'texts, numbers and failures come back as they were given',
    async run({ store }) {
      const odd = 'ü "q" \\ \n\u2028 \u{1F600} \'; DROP';
      const entries = [
        entry(1, 'started'),
        entry(2, 'attempt-failed', {
          step: odd,
          attempt: 3,
          cutOff: true,
          until: 1_700_000_000_001,
          failure: { code: 'X', message: odd, details: { a: [1, null, odd] } },
        }),
        entry(3, 'decided', { taken: false, result: odd, request: { verb: 'skip', actor: odd, reason: odd } }),
      ];
      const call = { correlationid: odd, baggage: 'a=b', traceparent: '00-1-2-01' };
      await store.create(newSaga(odd, { input: odd, call, lockKey: odd, entries }));
      const record = await loaded(store, odd);
      assert.deepEqual([record.input, record.call, record.lockKey, record.entries], [odd, call, odd, entries]);
      assert.deepEqual((await claimOne(store, 'one')).entries, entries);
    },
  },
  {
    id: 'SA-1e',
    title: 'one of many stores that create the same saga at once does',
    requires: 'shared',
    async run(subject) {
      const other = await anotherOf(subject);
      const made = await Promise.all(
        Array.from({ length: 10 }, (_, index): Promise<Created> => (index % 2 ? other : subject.store).create(newSaga('a'))),
      );
      assert.equal(made.filter(({ created }) => created).length, 1);
      assert.deepEqual(await loaded(other, 'a'), await loaded(subject.store, 'a'));
    },
  },
  {
    id: 'SA-17',
    title: 'what was acknowledged is there for the store that is opened after this one',
    requires: 'durable',
    async run(subject) {
      const { store } = subject;
      await store.checkpoint(
        by('one', await held(store, 'a'), { entries: [entry(2, 'done', { result: '7' })], events: [{ id: 'e', body: '1' }] }),
      );
      const kept = await loaded(store, 'a');
      await store.close();
      const next = await anotherOf(subject);
      assert.deepEqual(await loaded(next, 'a'), kept);
      assert.deepEqual(await next.outbox.take('two', long, 10), [{ id: 'e', body: '1' }]);
    },
  },
];
