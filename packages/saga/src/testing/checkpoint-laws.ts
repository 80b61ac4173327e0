import assert from 'node:assert/strict';
import { withCode } from '@tutti/core/testing';
import { anotherOf, by, claimOne, entry, event, held, loaded, newSaga, request, type SagaStoreLaw } from './saga-store-subject.ts';

export const checkpointLaws: readonly SagaStoreLaw[] = [
  {
    id: 'SA-3',
    title: 'a checkpoint of who does not hold the saga is refused whole',
    async run({ store, leaseMs, pass }) {
      await store.create(newSaga('a'));
      const zombie = await claimOne(store, 'one', { leaseMs });
      await store.checkpoint(by('one', zombie, { entries: [entry(2, 'intent', { step: 'x' })] }));
      await pass(leaseMs);
      const holder = await claimOne(store, 'two');
      const kept = await loaded(store, 'a');
      const late = by('one', zombie, {
        status: 'completed',
        name: 'finish',
        entries: [entry(3, 'completed')],
        events: [event('e')],
        answered: 1,
      });
      for (const [what, change] of Object.entries({
        'who lost it': {},
        'the wrong worker': { fence: holder.fence },
        'the wrong fence': { worker: 'two' },
        'a fence to come': { worker: 'two', fence: holder.fence + 1 },
        'what goes on': { status: 'running' as const, name: 'intent' },
        'what gives back': { status: 'running' as const, dueAt: 0 },
        'a saga that is not there': { id: 'b' },
      }))
        await assert.rejects(store.checkpoint({ ...late, ...change }), withCode('SAGA_FENCED'), what);
      assert.deepEqual(await loaded(store, 'a'), kept);
      assert.deepEqual(await store.outbox.take('two', 1_000, 10), []);
      await store.checkpoint(by('two', holder, { entries: [entry(3, 'done')] }));
    },
  },
  {
    id: 'SA-3b',
    title: 'a checkpoint carries status, entries and events, and gives back only what it says',
    async run({ store }) {
      const mine = await held(store, 'a');
      await store.checkpoint(
        by('one', mine, { name: 'failure', status: 'compensating', entries: [entry(2, 'compensating')], events: [event('e1')] }),
      );
      const { status, owner, fence, entries } = await loaded(store, 'a');
      assert.deepEqual([status, owner, fence, entries.length], ['compensating', 'one', 1, 2]);
      await store.checkpoint(by('one', mine, { status: 'compensating', entries: [], events: [event('e2')] }));
      await store.checkpoint(by('one', mine, { status: 'compensating', entries: [entry(3, 'undo-intent'), entry(4, 'undone')], dueAt: 0 }));
      await assert.rejects(store.checkpoint(by('one', mine, { status: 'compensating' })), withCode('SAGA_FENCED'), 'it was given back');
      const next = await claimOne(store, 'two');
      assert.deepEqual(
        [next.status, next.entries.map(({ what }) => what)],
        ['compensating', ['started', 'compensating', 'undo-intent', 'undone']],
      );
      assert.equal((await store.outbox.take('two', 1_000, 10)).length, 2);
    },
  },
  {
    id: 'SA-3c',
    title: 'of two stores that hold a saga one after the other, only the second writes',
    requires: 'shared',
    async run(subject) {
      const { store, leaseMs, pass } = subject;
      const other = await anotherOf(subject);
      await store.create(newSaga('a'));
      const zombie = await claimOne(store, 'one', { leaseMs });
      await pass(leaseMs);
      const holder = await claimOne(other, 'two');
      await assert.rejects(store.checkpoint(by('one', zombie, { entries: [entry(2, 'done')] })), withCode('SAGA_FENCED'));
      await other.checkpoint(by('two', holder, { entries: [entry(2, 'failed')] }));
      assert.equal((await loaded(store, 'a')).entries[1]?.what, 'failed');
    },
  },
  {
    id: 'SA-6',
    title: 'entries are kept in the order of their numbers, and one with the number of another takes its place',
    async run({ store }) {
      const mine = await held(store, 'a');
      await store.checkpoint(by('one', mine, { entries: [entry(2, 'intent', { step: 'x' }), entry(3, 'intent', { step: 'y' })] }));
      await store.checkpoint(by('one', mine, { entries: [entry(4, 'attempt-failed', { attempt: 1 })] }));
      for (let attempt = 2; attempt <= 12; attempt++)
        await store.checkpoint(by('one', mine, { name: 'retry', entries: [entry(4, 'attempt-failed', { attempt })] }));
      assert.deepEqual((await loaded(store, 'a')).entries.at(-1), entry(4, 'attempt-failed', { attempt: 12 }));
      const many = Array.from({ length: 40 }, (_, index) => entry(4 + index, 'done', { step: `s${index}` }));
      await store.checkpoint(by('one', mine, { entries: many }));
      const whole = [entry(1, 'started'), entry(2, 'intent', { step: 'x' }), entry(3, 'intent', { step: 'y' }), ...many];
      assert.deepEqual((await loaded(store, 'a')).entries, whole);
      await store.renew('one', [mine], 0);
      assert.deepEqual((await claimOne(store, 'two')).entries, whole);
    },
  },
  {
    id: 'SA-6b',
    title: 'journals of sagas are apart',
    async run({ store }) {
      const [a, b] = [await held(store, 'a'), await held(store, 'b')];
      await Promise.all([
        store.checkpoint(by('one', a, { entries: [entry(2, 'intent', { step: 'of a' })] })),
        store.checkpoint(by('one', b, { entries: [entry(2, 'intent', { step: 'of b' })] })),
      ]);
      for (const id of ['a', 'b']) assert.equal((await loaded(store, id)).entries[1]?.step, `of ${id}`);
    },
  },
  {
    id: 'SA-15',
    title: 'a checkpoint that was written and is written again by its holder changes nothing',
    async run({ store }) {
      const mine = await held(store, 'a');
      await store.desk.ask('a', request('cancel'), ['running']);
      const written = by('one', mine, {
        name: 'outcome',
        entries: [entry(2, 'done', { step: 'x', result: '1' }), entry(3, 'asked')],
        events: [event('e1'), event('e2')],
        answered: 1,
      });
      await store.checkpoint(written);
      const kept = await loaded(store, 'a');
      await store.checkpoint(written);
      await Promise.all([store.checkpoint(written), store.checkpoint(written)]);
      assert.deepEqual(await loaded(store, 'a'), kept);
      assert.deepEqual(await store.outbox.take('one', 1_000, 10), [event('e1'), event('e2')]);
      const last = by('one', mine, {
        name: 'finish',
        status: 'completed',
        entries: [entry(4, 'completed')],
        events: [event('e3')],
        answered: 1,
      });
      await store.checkpoint(last);
      const over = await loaded(store, 'a');
      await store.checkpoint(last).catch(withCode('SAGA_FENCED')); // it has no holder any more
      assert.deepEqual(await loaded(store, 'a'), over);
      await store.outbox.drop('one', ['e1', 'e2']);
      assert.deepEqual(await store.outbox.take('one', 1_000, 10), [event('e3')]);
    },
  },
];
