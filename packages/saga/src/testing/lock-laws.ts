import assert from 'node:assert/strict';
import {
  by,
  claim,
  claimedIds,
  claimOne,
  entry,
  held,
  idsOf,
  loaded,
  long,
  newSaga,
  request,
  type SagaStoreLaw,
} from './saga-store-subject.ts';

const locked = (id: string, nth: number, lockKey = 'order-1') => newSaga(id, { lockKey, createdAt: 1_700_000_000_000 + nth });
const over = { name: 'finish', status: 'completed', entries: [entry(2, 'completed')] } as const;

export const lockLaws: readonly SagaStoreLaw[] = [
  {
    id: 'SA-9',
    title: 'sagas of one business key hold it one after the other, in the order of their creation, and until they are over',
    async run({ store }) {
      assert.equal((await store.create(locked('a', 1))).lockedBy, undefined);
      for (const [nth, id] of ['b', 'c'].entries()) {
        const { created, lockedBy } = await store.create(locked(id, 2 + nth));
        assert.deepEqual([created, lockedBy, (await loaded(store, id)).status], [true, 'a', 'queued']);
      }
      await store.create(locked('other', 4, 'order-2'));
      const { sagas, nextDueAt } = await claim(store, 'one', { max: 2 });
      assert.deepEqual([idsOf(sagas).toSorted(), nextDueAt], [['a', 'other'], undefined]);
      const a = sagas.find(({ id }) => id === 'a');
      assert.ok(a);
      await store.checkpoint(by('one', a, { name: 'finish', status: 'stuck', entries: [entry(2, 'stuck')] }));
      assert.deepEqual(await claimedIds(store, 'one'), [], 'a parked saga keeps its key');
      await store.desk.ask('a', request('retry'), ['stuck'], 'running');
      const again = await claimOne(store, 'one');
      await store.checkpoint(by('one', again, { status: 'compensating', name: 'failure', answered: 1 }));
      await store.checkpoint(by('one', again, { ...over, status: 'compensated', answered: 1 }));
      assert.equal((await loaded(store, 'b')).status, 'running');
      assert.equal((await loaded(store, 'c')).status, 'queued');
      const b = await claimOne(store, 'two');
      assert.deepEqual([b.id, b.fence, b.status, b.takenFrom], ['b', 1, 'running', undefined]);
      await store.checkpoint(by('two', b, over));
      const c = await claimOne(store, 'two');
      await store.checkpoint(by('two', c, over));
      assert.equal(c.id, 'c');
      assert.deepEqual(
        await store.create(locked('d', 9)).then(({ created, lockedBy }) => [created, lockedBy]),
        [true, undefined],
        'the key is free',
      );
    },
  },
  {
    id: 'SA-9b',
    title: 'who does not want to wait creates nothing, and is told who holds the key',
    async run({ store }) {
      await held(store, 'a', 'one', { lockKey: 'k' });
      const { created, lockedBy } = await store.create(locked('b', 1, 'k'), {
        whenLocked: 'refuse',
        hold: { worker: 'one', leaseMs: long },
        events: [{ id: 'e', body: '1' }],
      });
      assert.deepEqual([created, lockedBy], [false, 'a']);
      assert.equal(await store.desk.load('b'), undefined);
      assert.deepEqual(await store.outbox.take('one', 1_000, 10), []);
      await store.checkpoint(by('one', { id: 'a', fence: 1 }, over));
      const free = await store.create(locked('b', 1, 'k'), { whenLocked: 'refuse', hold: { worker: 'one', leaseMs: long } });
      assert.deepEqual([free.created, free.lockedBy, (await loaded(store, 'b')).owner], [true, undefined, 'one']);
    },
  },
  {
    id: 'SA-9c',
    title: 'a saga that is queued is not held by who creates it',
    async run({ store }) {
      await held(store, 'a', 'one', { lockKey: 'k' });
      const { created, lockedBy } = await store.create(locked('b', 1, 'k'), {
        hold: { worker: 'one', leaseMs: long },
        events: [{ id: 'e', body: '1' }],
      });
      const { status, owner, fence } = await loaded(store, 'b');
      assert.deepEqual([created, lockedBy, status, owner, fence], [true, 'a', 'queued', undefined, 0]);
      assert.equal((await store.create(locked('b', 1, 'k'))).created, false, 'the same again does not queue twice');
      assert.deepEqual(await store.outbox.take('one', 1_000, 10), [{ id: 'e', body: '1' }], 'its events are kept with it');
    },
  },
  {
    id: 'SA-9d',
    title: 'of many sagas of one key that are created at once, one at a time runs, and in the end all have',
    async run({ store }) {
      const ids = Array.from({ length: 8 }, (_, index) => `s${index}`);
      const made = await Promise.all(ids.map((id, nth) => store.create(locked(id, nth))));
      assert.equal(made.filter(({ lockedBy }) => lockedBy === undefined).length, 1);
      const ran: string[] = [];
      for (const _ of ids) {
        const mine = await claimOne(store, 'one');
        ran.push(mine.id);
        await store.checkpoint(by('one', mine, over));
      }
      assert.deepEqual(ran.toSorted(), ids);
      assert.deepEqual(await claimedIds(store, 'one'), []);
    },
  },
  {
    id: 'SA-10',
    title: 'a queued saga whose time has come can be claimed, and its end leaves the key where it is',
    async run({ store, leaseMs, pass }) {
      await held(store, 'a', 'one', { lockKey: 'k' });
      const { now } = await claim(store, 'one', { max: 0 });
      await store.create(locked('b', 1, 'k'), { queuedUntil: now + leaseMs });
      await store.create(locked('c', 2, 'k'));
      const early = await claim(store, 'two');
      assert.deepEqual([early.sagas, early.nextDueAt], [[], now + leaseMs]);
      await pass(leaseMs);
      const b = await claimOne(store, 'two');
      assert.deepEqual([b.id, b.status], ['b', 'queued']);
      await store.checkpoint(by('two', b, { ...over, status: 'compensated' }));
      assert.deepEqual(await claimedIds(store, 'two'), [], 'a still has the key');
      await store.create(locked('d', 3, 'k'));
      await store.checkpoint(by('one', { id: 'a', fence: 1 }, over));
      const c = await claimOne(store, 'two');
      assert.deepEqual([c.id, c.status], ['c', 'running'], 'b is passed over');
      await store.checkpoint(by('two', c, over));
      assert.equal((await claimOne(store, 'two')).id, 'd');
    },
  },
  {
    id: 'SA-10b',
    title: 'a queued saga that is asked to end can be claimed at once, and its end leaves the key where it is',
    async run({ store }) {
      await held(store, 'a', 'one', { lockKey: 'k' });
      await store.create(locked('b', 1, 'k'));
      assert.equal(await store.desk.ask('b', request('cancel'), ['queued']), 'queued');
      const b = await claimOne(store, 'two');
      assert.deepEqual([b.id, b.status, b.asked.length], ['b', 'queued', 1]);
      await store.checkpoint(by('two', b, { ...over, status: 'compensated', answered: 1 }));
      await store.create(locked('c', 2, 'k'));
      assert.deepEqual(await claimedIds(store, 'two'), []);
      await store.checkpoint(by('one', { id: 'a', fence: 1 }, over));
      assert.equal((await claimOne(store, 'two')).id, 'c');
    },
  },
  {
    id: 'SA-10c',
    title: 'a queued saga that was claimed has left the line: the key goes to the one behind it',
    async run({ store, leaseMs, pass }) {
      await held(store, 'a', 'one', { lockKey: 'k' });
      const { now } = await claim(store, 'one', { max: 0 });
      await store.create(locked('b', 1, 'k'), { queuedUntil: now + leaseMs });
      await store.create(locked('c', 2, 'k'));
      await pass(leaseMs);
      const b = await claimOne(store, 'two');
      await store.checkpoint(by('one', { id: 'a', fence: 1 }, over));
      const c = await claimOne(store, 'one');
      assert.deepEqual([c.id, c.status, (await loaded(store, 'b')).status], ['c', 'running', 'queued']);
      await store.checkpoint(by('two', b, { ...over, status: 'compensated' }));
      await store.create(locked('d', 3, 'k'));
      assert.deepEqual(await claimedIds(store, 'one'), [], 'c has the key');
      await store.checkpoint(by('one', c, over));
      assert.equal((await claimOne(store, 'one')).id, 'd');
    },
  },
];
