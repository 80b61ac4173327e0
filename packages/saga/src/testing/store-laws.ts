import assert from 'node:assert/strict';
import { type Law, type ManualClock, withCode } from '@tutti/core/testing';
import type { HistoryEntry, NewSaga, SagaRecord, StepRecord } from '../store/saga-record.ts';
import type { Checkpoint, ClaimRequest, SagaStore, SagaStoreCapabilities } from '../store/saga-store.ts';

/** An open store and the clock it tells lease time by. */
export interface SagaStoreSubject {
  readonly store: SagaStore;
  readonly clock: ManualClock;
}

const leaseMs = 1_000;
const known = [{ saga: 'trip', fingerprint: 'f1' }];
const ask = (worker: string, max = 10): ClaimRequest => ({ worker, leaseMs, max, known });
const newSaga = (id: string, over: Partial<NewSaga> = {}): NewSaga => ({
  id,
  saga: 'trip',
  fingerprint: 'f1',
  input: '{"to":"Rome"}',
  call: { correlationid: 'c1' },
  createdAt: 1,
  ...over,
});
const note = (what: HistoryEntry['what'], step?: string): HistoryEntry => ({ at: 1, worker: 'w', fence: 1, what, ...(step && { step }) });
const step = (over: Partial<StepRecord> = {}): StepRecord => ({
  step: 'flight',
  order: 1,
  status: 'intended',
  attempts: 1,
  undoAttempts: 0,
  ambiguous: false,
  ...over,
});
const by = (worker: string, { id, fence }: SagaRecord, over: Partial<Checkpoint> = {}): Checkpoint => ({
  name: 'intent',
  id,
  worker,
  fence,
  status: 'running',
  steps: [],
  entries: [],
  ...over,
});

async function claimed(store: SagaStore, worker: string): Promise<SagaRecord> {
  const [record] = await store.claim(ask(worker));
  assert.ok(record, `${worker} should have got the saga`);
  return record;
}

/** What every store promises; the numbers are those of the contract. */
export const sagaStoreLaws: readonly Law<SagaStoreSubject, SagaStoreCapabilities & Record<string, boolean>>[] = [
  {
    id: 'SA-1',
    title: 'a saga is created once, and the same id again changes nothing',
    async run({ store }) {
      assert.deepEqual(await store.create(newSaga('a'), note('started')), { created: true });
      assert.deepEqual(await store.create(newSaga('a', { input: '{"to":"Oslo"}' }), note('started')), { created: false });
      const kept = await store.load('a');
      assert.deepEqual([kept?.input, kept?.status, kept?.call], ['{"to":"Rome"}', 'running', { correlationid: 'c1' }]);
      assert.equal((await store.history('a')).length, 1);
      assert.equal(await store.load('b'), undefined);
    },
  },
  {
    id: 'SA-2',
    title: 'a saga is held by one worker at a time, under a fence that rises with every holder',
    async run({ store, clock }) {
      await store.create(newSaga('a'), note('started'));
      const first = await claimed(store, 'one');
      assert.deepEqual(await store.claim(ask('two')), []);
      await clock.advance(leaseMs - 1);
      assert.deepEqual(await store.claim(ask('two')), [], 'the lease has not run out yet');
      await clock.advance(1);
      const second = await claimed(store, 'two');
      assert.ok(second.fence > first.fence);
    },
  },
  {
    id: 'SA-2b',
    title: 'no more are claimed than asked for, and none whose graph the worker does not know',
    async run({ store }) {
      for (const id of ['a', 'b', 'c']) await store.create(newSaga(id), note('started'));
      await store.create(newSaga('old', { fingerprint: 'f0' }), note('started'));
      const two = await store.claim(ask('one', 2));
      const rest = await store.claim(ask('one', 10));
      assert.deepEqual([two.length, rest.length], [2, 1]);
      assert.deepEqual([...two, ...rest].map(({ id }) => id).sort(), ['a', 'b', 'c']);
    },
  },
  {
    id: 'SA-3',
    title: 'a checkpoint is refused whole when another holds the saga, or nobody does',
    async run({ store, clock }) {
      await store.create(newSaga('a'), note('started'));
      const zombie = await claimed(store, 'one');
      await store.checkpoint(by('one', zombie, { steps: [step()], entries: [note('intent', 'flight')] }));
      await clock.advance(leaseMs);
      const holder = await claimed(store, 'two');
      assert.deepEqual(holder.steps, [step()]);
      const late = by('one', zombie, {
        status: 'completed',
        steps: [step({ status: 'done', result: '1' })],
        entries: [note('done', 'flight')],
      });
      await assert.rejects(store.checkpoint(late), withCode('SAGA_FENCED'));
      await assert.rejects(
        store.checkpoint({ ...late, fence: holder.fence }),
        withCode('SAGA_FENCED'),
        'the right fence, the wrong worker',
      );
      await assert.rejects(store.checkpoint({ ...late, worker: 'two' }), withCode('SAGA_FENCED'), 'the right worker, the wrong fence');
      const kept = await store.load('a');
      assert.deepEqual([kept?.status, kept?.steps, (await store.history('a')).length], ['running', [step()], 2]);
    },
  },
  {
    id: 'SA-3b',
    title: 'a checkpoint keeps every field of a step, and leaves the other steps alone',
    async run({ store }) {
      await store.create(newSaga('a'), note('started'));
      const held = await claimed(store, 'one');
      const flight = step({ status: 'done', result: '{"seat":"12A"}' });
      const hotel = step({
        step: 'hotel',
        order: 2,
        status: 'failed',
        attempts: 3,
        undoAttempts: 1,
        ambiguous: true,
        failure: { code: 'X', message: 'full' },
        wakeAt: 17,
      });
      await store.checkpoint(by('one', held, { steps: [flight] }));
      const failure = { code: 'X', message: 'full', step: 'hotel' };
      await store.checkpoint(by('one', held, { status: 'compensating', failure, steps: [hotel] }));
      const kept = await store.load('a');
      assert.deepEqual([kept?.status, kept?.failure, kept?.steps], ['compensating', failure, [flight, hotel]]);
    },
  },
  {
    id: 'SA-4',
    title: 'a finished saga is never claimed again',
    async run({ store, clock }) {
      for (const status of ['completed', 'compensated', 'compensation_failed'] as const) {
        await store.create(newSaga(status), note('started'));
        await store.checkpoint(by('one', await claimed(store, 'one'), { status }));
      }
      await clock.advance(leaseMs * 10);
      assert.deepEqual(await store.claim(ask('two')), []);
    },
  },
  {
    id: 'SA-5',
    title: 'renewing prolongs what is held, names what is lost, and with 0 gives it back at once',
    async run({ store, clock }) {
      await store.create(newSaga('a'), note('started'));
      const held = await claimed(store, 'one');
      await clock.advance(leaseMs / 2);
      assert.deepEqual(await store.renew('one', [held, { id: 'gone', fence: 1 }], leaseMs), ['gone']);
      await clock.advance(leaseMs / 2);
      assert.deepEqual(await store.claim(ask('two')), [], 'it was renewed');
      assert.deepEqual(await store.renew('one', [held], 0), []);
      const next = await claimed(store, 'two');
      assert.deepEqual(await store.renew('one', [held], leaseMs), ['a']);
      await store.checkpoint(by('two', next));
    },
  },
  {
    id: 'SA-6',
    title: 'the history keeps the order in which it was written',
    async run({ store }) {
      await store.create(newSaga('a'), note('started'));
      const held = await claimed(store, 'one');
      await store.checkpoint(by('one', held, { entries: [note('intent', 'x'), note('done', 'x')] }));
      await store.checkpoint(by('one', held, { entries: [note('intent', 'y')] }));
      assert.deepEqual(
        (await store.history('a')).map(({ what, step: name }) => [what, name]),
        [
          ['started', undefined],
          ['intent', 'x'],
          ['done', 'x'],
          ['intent', 'y'],
        ],
      );
    },
  },
  {
    id: 'SA-7',
    title: 'a watcher is told of a new saga, of one given back and of one finished, until it stops watching',
    async run({ store, clock }) {
      let rung = 0;
      const unwatch = store.watch(() => rung++);
      const rings = async (work: () => Promise<unknown>): Promise<boolean> => {
        const before = rung;
        await work();
        await clock.advance(300);
        return rung > before;
      };
      assert.ok(await rings(() => store.create(newSaga('a'), note('started'))));
      const held = await claimed(store, 'one');
      assert.ok(await rings(() => store.renew('one', [held], 0)));
      const again = await claimed(store, 'one');
      assert.ok(await rings(() => store.checkpoint(by('one', again, { status: 'completed' }))));
      unwatch();
      assert.equal(await rings(() => store.create(newSaga('b'), note('started'))), false);
    },
  },
];
