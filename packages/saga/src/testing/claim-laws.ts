import assert from 'node:assert/strict';
import type { ClaimedSaga } from '../store/saga-store.ts';
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
  long,
  newSaga,
  request,
  type SagaStoreLaw,
} from './saga-store-subject.ts';

export const claimLaws: readonly SagaStoreLaw[] = [
  {
    id: 'SA-2',
    title: 'a saga is held by one worker at a time, under a fence that rises, until its lease runs out or it is given back',
    async run({ store, leaseMs, pass }) {
      await store.create(newSaga('a'));
      const first = await claimOne(store, 'one', { leaseMs });
      assert.deepEqual([first.owner, first.takenFrom], ['one', undefined]);
      assert.deepEqual(await claimedIds(store, 'two'), []);
      await pass(leaseMs);
      const second = await claimOne(store, 'two');
      assert.deepEqual([second.owner, second.takenFrom], ['two', 'one']);
      assert.ok(second.fence > first.fence);
      await store.renew('two', [second], 0);
      const third = await claimOne(store, 'one');
      assert.deepEqual([third.owner, third.takenFrom], ['one', undefined], 'what is given back is not taken from anybody');
      assert.ok(third.fence > second.fence);
    },
  },
  {
    id: 'SA-2b',
    title: 'no more are claimed than asked for, and none whose graph the worker does not know',
    async run({ store }) {
      for (const id of ['a', 'b', 'c']) await store.create(newSaga(id));
      await store.create(newSaga('old', { fingerprint: 'f0' }));
      await store.create(newSaga('alien', { saga: 'journey' }));
      const two = await claim(store, 'one', { max: 2 });
      assert.equal(two.sagas.length, 2);
      assert.ok(two.nextDueAt !== undefined && two.nextDueAt <= two.now, 'one more waits');
      const rest = await claim(store, 'one');
      assert.deepEqual(idsOf([...two.sagas, ...rest.sagas]).toSorted(), ['a', 'b', 'c']);
      const both = await claimedIds(store, 'two', {
        known: [
          { saga: 'trip', fingerprint: 'f0' },
          { saga: 'journey', fingerprint: 'f1' },
        ],
      });
      assert.deepEqual(both.toSorted(), ['alien', 'old']);
      assert.deepEqual(await claimedIds(store, 'two', { known: [] }), []);
    },
  },
  {
    id: 'SA-2c',
    title: 'a look claims nothing, and says when the next one is due',
    async run({ store }) {
      const nothing = await claim(store, 'one', { max: 0 });
      assert.deepEqual([nothing.sagas, nothing.asked, nothing.nextDueAt, Number.isInteger(nothing.now)], [[], [], undefined, true]);
      await store.create(newSaga('a'));
      const look = await claim(store, 'one', { max: 0 });
      assert.deepEqual([look.sagas, (look.nextDueAt ?? Number.NaN) <= look.now], [[], true]);
      assert.equal((await loaded(store, 'a')).fence, 0);
      const mine = await claimOne(store, 'one');
      const later = mine.dueAt + 5_000;
      await store.checkpoint(by('one', mine, { dueAt: later }));
      assert.equal((await claim(store, 'one')).nextDueAt, later);
    },
  },
  {
    id: 'SA-2d',
    title: 'of many who claim at once, each gets others',
    async run({ store }) {
      const ids = Array.from({ length: 20 }, (_, index) => `s${String(index).padStart(2, '0')}`);
      await Promise.all(ids.map((id) => store.create(newSaga(id))));
      const claims = await Promise.all(Array.from({ length: 6 }, (_, index) => claim(store, `w${index}`, { max: 8 })));
      const rest = await claim(store, 'w9');
      assert.deepEqual(idsOf([...claims, rest].flatMap(({ sagas }) => sagas)).toSorted(), ids);
      for (const { sagas } of claims) assert.ok(sagas.length <= 8);
    },
  },
  {
    id: 'SA-2e',
    title: 'a claimed saga comes with all that is kept of it',
    async run({ store }) {
      const mine = await held(store, 'a', 'one', { deadline: 1_800_000_000_000, lockKey: 'k' });
      await store.checkpoint(by('one', mine, { entries: [entry(2, 'intent', { step: 'x' })] }));
      await store.desk.ask('a', request('cancel'), ['running']);
      await store.renew('one', [mine], 0);
      const { takenFrom, ...record } = await claimOne(store, 'two');
      assert.deepEqual([record, takenFrom], [await loaded(store, 'a'), undefined]);
      assert.deepEqual([record.entries.length, record.asked], [2, [request('cancel')]]);
    },
  },
  {
    id: 'SA-2f',
    title: 'of many stores that claim at once, each gets others',
    requires: 'shared',
    async run(subject) {
      const stores = [subject.store, await anotherOf(subject)];
      const ids = Array.from({ length: 12 }, (_, index) => `s${String(index).padStart(2, '0')}`);
      for (const id of ids) await subject.store.create(newSaga(id));
      const claims = await Promise.all(
        stores.flatMap((store, index) => [claim(store, `w${index}`, { max: 4 }), claim(store, `v${index}`, { max: 4 })]),
      );
      const rest = await claim(subject.store, 'w9');
      assert.deepEqual(idsOf([...claims, rest].flatMap(({ sagas }) => sagas)).toSorted(), ids);
    },
  },
  {
    id: 'SA-4',
    title: 'a saga that is over or parked has no owner and is never claimed; a parked one is when it was opened again',
    async run({ store, leaseMs, pass }) {
      for (const status of ['completed', 'compensated', 'compensation_failed', 'stuck'] as const) {
        await store.create(newSaga(status), { hold: { worker: 'one', leaseMs } });
        await store.checkpoint(by('one', { id: status, fence: 1 }, { name: 'finish', status, entries: [entry(2, 'completed')] }));
        const record = await loaded(store, status);
        const over = status.startsWith('comple') || status === 'compensated';
        assert.deepEqual([record.status, record.owner, record.endedAt !== undefined, record.entries.length], [status, undefined, over, 2]);
      }
      await pass(leaseMs * 2);
      const nothing = await claim(store, 'two');
      assert.deepEqual([nothing.sagas, nothing.nextDueAt], [[], undefined]);
      assert.equal(await store.desk.ask('stuck', request('retry'), ['stuck'], 'running'), 'stuck');
      const opened = await claimOne(store, 'two');
      assert.deepEqual([opened.id, opened.status, opened.fence, opened.takenFrom], ['stuck', 'running', 2, undefined]);
    },
  },
  {
    id: 'SA-5',
    title: 'renewing prolongs what is held, names what is lost, and with 0 gives it back at once',
    async run({ store, leaseMs, pass }) {
      await store.create(newSaga('a'));
      const mine = await claimOne(store, 'one', { leaseMs });
      await pass(leaseMs / 2);
      const renewed = await store.renew('one', [mine, { id: 'gone', fence: 1 }, { id: 'a', fence: mine.fence + 1 }], leaseMs * 2);
      assert.deepEqual([renewed.lost, Number.isInteger(renewed.now)], [['gone', 'a'], true]);
      await pass(leaseMs);
      assert.deepEqual(await claimedIds(store, 'two'), [], 'it was renewed');
      assert.deepEqual((await store.renew('two', [mine], leaseMs)).lost, ['a'], 'it is not hers');
      assert.deepEqual((await store.renew('one', [mine], 0)).lost, []);
      const next = await claimOne(store, 'two');
      assert.deepEqual((await store.renew('one', [mine], leaseMs)).lost, ['a']);
      assert.deepEqual((await store.renew('one', [mine], 0)).lost, ['a'], 'what is lost cannot be given back');
      await store.checkpoint(by('two', next));
      assert.deepEqual((await store.renew('two', [], long)).lost, []);
    },
  },
  {
    id: 'SA-8',
    title: 'a saga that was given back until a time is not claimed before, and can be then',
    async run({ store, leaseMs, pass }) {
      const mine = await held(store, 'a');
      const { now } = await claim(store, 'one', { max: 0 });
      await store.checkpoint(by('one', mine, { dueAt: now + leaseMs * 2, entries: [entry(2, 'sleeping')] }));
      const { owner, dueAt } = await loaded(store, 'a');
      assert.deepEqual([owner, dueAt], [undefined, now + leaseMs * 2]);
      // on a clock of the store's own time goes on while nobody looks, so it is the store that says when it was asked
      let woken: ClaimedSaga | undefined;
      for (let looks = 0; woken === undefined; looks++) {
        const { sagas, now: at } = await claim(store, 'two');
        woken = sagas[0];
        if (woken) assert.ok(at >= dueAt, `claimed ${dueAt - at} ms before its time`);
        else assert.ok(looks < 4, `not claimed ${at - dueAt} ms after its time`);
        if (!woken) await pass(leaseMs);
      }
      assert.equal(woken.takenFrom, undefined);
      await store.checkpoint(by('two', woken, { dueAt: 0 }));
      assert.equal((await claimOne(store, 'one')).id, 'a', '0 is at once');
    },
  },
];
