import { sqliteDatabase } from '@tutti/core/sqlite';
import { testRuntime } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import { sqliteStore } from '../adapters/sqlite.ts';
import type { SagaDesk } from '../store/saga-desk.ts';
import type { SagaOutbox } from '../store/saga-outbox.ts';
import type { NewSaga } from '../store/saga-record.ts';
import { isParked, type SagaStatus } from '../store/saga-record.ts';
import type { Checkpoint, Claimed, ClaimedSaga, ClaimRequest, CreateOptions, SagaStore } from '../store/saga-store.ts';
import { sagaStoreLaws } from './saga-store-laws.ts';
import { newSaga } from './saga-store-subject.ts';

/** A store with one promise broken. */
type Sabotage = (store: SagaStore) => Partial<SagaStore>;

const everyStatus: readonly SagaStatus[] = [
  'queued',
  'running',
  'compensating',
  'completed',
  'compensated',
  'compensation_failed',
  'stuck',
];

const creating =
  (change: (saga: NewSaga, options: CreateOptions) => readonly [NewSaga, CreateOptions]): Sabotage =>
  (store) => ({ create: (saga, options = {}) => store.create(...change(saga, options)) });
const claiming =
  (change: (request: ClaimRequest) => Partial<ClaimRequest>): Sabotage =>
  (store) => ({ claim: (request) => store.claim({ ...request, ...change(request) }) });
const claimed =
  (change: (saga: ClaimedSaga) => Partial<ClaimedSaga>): Sabotage =>
  (store) => ({
    async claim(request) {
      const found = await store.claim(request);
      return { ...found, sagas: found.sagas.map((saga) => ({ ...saga, ...change(saga) })) };
    },
  });
const writing =
  (change: (checkpoint: Checkpoint) => Partial<Checkpoint>): Sabotage =>
  (store) => ({ checkpoint: (checkpoint) => store.checkpoint({ ...checkpoint, ...change(checkpoint) }) });
const desk =
  (change: (desk: SagaDesk) => Partial<SagaDesk>): Sabotage =>
  (store) => ({ desk: { ...store.desk, ...change(store.desk) } });
const outbox =
  (change: (outbox: SagaOutbox) => Partial<SagaOutbox>): Sabotage =>
  (store) => ({ outbox: { ...store.outbox, ...change(store.outbox) } });

/** Looks first and writes then, as if nobody else did. */
const looksThenCreates: Sabotage = (store) => ({
  async create(saga, options) {
    if (await store.desk.load(saga.id)) return { created: false, now: 0 };
    return { ...(await store.create(saga, options)), created: true };
  },
});
const sharesClaims: Sabotage = (store) => {
  let running: Promise<Claimed> | undefined;
  return {
    claim(request) {
      running ??= store.claim(request).finally(() => {
        running = undefined;
      });
      return running;
    },
  };
};
const hasNoFence: Sabotage = (store) => ({
  async checkpoint(checkpoint) {
    const record = await store.desk.load(checkpoint.id);
    await store.checkpoint({ ...checkpoint, fence: record?.fence ?? 0, worker: record?.owner ?? checkpoint.worker });
  },
});
const knowsNoKeys = creating(({ lockKey: _lockKey, ...saga }, options) => [saga, options]);
const isSilent = desk(() => ({ watch: () => () => undefined }));
const takesAllForOne = outbox(({ take }) => ({ take: (_worker, ...rest) => take('everybody', ...rest) }));
const opensNothing = desk(({ ask }) => ({ ask: (id, request, from) => ask(id, request, from) }));
/** In a write of their own, whatever becomes of the checkpoint. */
const executesApart: Sabotage = (store) => {
  let saga = 0;
  return {
    async checkpoint({ statements = [], ...checkpoint }) {
      await store.create(newSaga(`apart-${saga++}`), { statements });
      await store.checkpoint(checkpoint);
    },
  };
};
const withoutExpectations = writing(({ statements = [] }) => ({ statements: statements.map(({ sql, values }) => ({ sql, values })) }));
const losesOverlapping: Sabotage = (store) => {
  let busy = 0;
  return {
    async checkpoint(checkpoint) {
      const alone = busy++ === 0;
      await store.checkpoint(alone ? checkpoint : { ...checkpoint, events: [] }).finally(() => busy--);
    },
  };
};
const numbersEvents: Sabotage = (store) => {
  let next = 0;
  return writing(({ events = [] }) => ({ events: events.map(({ body }) => ({ id: `e${next++}`, body })) }))(store);
};
const saysItKept: Sabotage = (store) => ({ checkpoint: (checkpoint) => store.checkpoint(checkpoint).catch(() => undefined) });
const keepsEventsOfRefused: Sabotage = (store) => ({
  checkpoint: (checkpoint) =>
    store.checkpoint(checkpoint).catch(async (error: unknown) => {
      await store.create(newSaga('of refused'), { events: checkpoint.events ?? [] });
      throw error;
    }),
});

const sabotages: readonly (readonly [law: string, what: string, sabotage: Sabotage])[] = [
  ['SA-1', 'says yes twice', (store) => ({ create: async (...given) => ({ ...(await store.create(...given)), created: true }) })],
  ['SA-1', 'loses a deadline', creating(({ deadline: _deadline, ...saga }, options) => [saga, options])],
  ['SA-1b', 'does not hold what it creates', creating((saga, { hold: _hold, ...options }) => [saga, options])],
  ['SA-1b', 'says yes twice', (store) => ({ create: async (...given) => ({ ...(await store.create(...given)), created: true }) })],
  ['SA-1c', 'looks before it writes', looksThenCreates],
  ['SA-1d', 'keeps plain letters only', creating((saga, options) => [{ ...saga, input: saga.input.replaceAll(/[^ -~]/g, '?') }, options])],
  ['SA-1e', 'looks before it writes', looksThenCreates],
  ['SA-2', 'gives a saga to everybody', claiming(() => ({ leaseMs: 0 }))],
  ['SA-2', 'never takes a saga over', claiming(() => ({ leaseMs: 1e12 }))],
  ['SA-2', 'does not raise the fence', claimed(() => ({ fence: 1 }))],
  ['SA-2', 'always says that it took it from somebody', claimed(() => ({ takenFrom: 'one' }))],
  ['SA-2b', 'gives more than was asked for', claiming(() => ({ max: 100 }))],
  ['SA-2b', 'gives what the worker does not know', claiming(({ known }) => ({ known: [...known, { saga: 'trip', fingerprint: 'f0' }] }))],
  ['SA-2c', 'claims when it should look', claiming(({ max }) => ({ max: Math.max(1, max) }))],
  [
    'SA-2c',
    'does not say when',
    (store) => ({
      async claim(request) {
        const { nextDueAt: _nextDueAt, ...rest } = await store.claim(request);
        return rest;
      },
    }),
  ],
  ['SA-2d', 'gives the same to all', sharesClaims],
  ['SA-2e', 'keeps requests back', claimed(() => ({ asked: [] }))],
  ['SA-2f', 'gives the same to all', sharesClaims],
  ['SA-3', 'has no fence', hasNoFence],
  ['SA-3', 'does not say that it refused', saysItKept],
  ['SA-3', 'keeps the events of what it refused', keepsEventsOfRefused],
  ['SA-3b', 'gives back too much', writing(() => ({ dueAt: 0 }))],
  ['SA-3b', 'gives nothing back', writing(({ dueAt: _dueAt, ...rest }) => ({ ...rest, dueAt: 9e15 }))],
  ['SA-3b', 'loses events', writing(() => ({ events: [] }))],
  ['SA-3c', 'has no fence', hasNoFence],
  ['SA-4', 'takes parked for running', writing(({ status }) => (isParked(status) ? { status: 'running', dueAt: 0 } : {}))],
  ['SA-4', 'does not open what is parked', opensNothing],
  ['SA-5', 'renews nothing', (store) => ({ renew: async (worker) => store.renew(worker, [], 1) })],
  ['SA-5', 'renews for ever', (store) => ({ renew: (worker, held) => store.renew(worker, held, 1e12) })],
  ['SA-5', 'says that nothing is lost', (store) => ({ renew: async (...given) => ({ ...(await store.renew(...given)), lost: [] }) })],
  ['SA-6', 'turns entries around', claimed(({ entries }) => ({ entries: entries.toReversed() }))],
  ['SA-6', 'keeps the first of a number', writing(({ entries }) => ({ entries: entries.filter(({ attempt = 1 }) => attempt === 1) }))],
  ['SA-6', 'loses one of many', writing(({ entries }) => ({ entries: entries.slice(0, 32) }))],
  [
    'SA-6b',
    'mixes journals up',
    desk(({ load }) => ({
      async load(id) {
        const [record, other] = [await load(id), await load('b')];
        return record && { ...record, entries: (other ?? record).entries };
      },
    })),
  ],
  ['SA-7', 'tells nobody', isSilent],
  [
    'SA-7',
    'goes on telling',
    desk(({ watch }) => ({
      watch(listener) {
        watch(listener);
        return () => undefined;
      },
    })),
  ],
  ['SA-7b', 'tells nobody', isSilent],
  ['SA-8', 'wakes sagas early', writing(({ dueAt }) => (dueAt === undefined ? {} : { dueAt: 0 }))],
  ['SA-8', 'never wakes sagas', writing(({ dueAt }) => (dueAt === undefined ? {} : { dueAt: dueAt + 1e6 }))],
  ['SA-9', 'knows no keys', knowsNoKeys],
  ['SA-9', 'takes parked for over', writing(({ status }) => (isParked(status) ? { status: 'completed' } : {}))],
  ['SA-9b', 'queues who does not want to wait', creating((saga, { whenLocked: _whenLocked, ...options }) => [saga, options])],
  [
    'SA-9c',
    'does not say that it queued',
    (store) => ({
      async create(...given) {
        const { lockedBy: _lockedBy, ...rest } = await store.create(...given);
        return rest;
      },
    }),
  ],
  ['SA-9d', 'knows no keys', knowsNoKeys],
  ['SA-10', 'lets nobody stop waiting', creating((saga, { queuedUntil: _queuedUntil, ...options }) => [saga, options])],
  ['SA-10', 'knows no keys', knowsNoKeys],
  ['SA-10c', 'knows no keys', knowsNoKeys],
  ['SA-10b', 'hears of no request', desk(({ load }) => ({ ask: async (id) => (await load(id))?.status }))],
  ['SA-11', 'keeps what is not allowed', desk(({ ask }) => ({ ask: (id, request, _from, to) => ask(id, request, everyStatus, to) }))],
  ['SA-11', 'does not tell the holder', (store) => ({ claim: async (request) => ({ ...(await store.claim(request)), asked: [] }) })],
  ['SA-11', 'tells for ever', writing(() => ({ answered: 0 }))],
  ['SA-11b', 'does not open what is parked', opensNothing],
  [
    'SA-11c',
    'looks before it writes',
    desk(({ ask, load }) => ({
      async ask(id, request, from, to) {
        const status = (await load(id))?.status;
        if (status && from.includes(status)) await ask(id, request, everyStatus, to);
        return status;
      },
    })),
  ],
  ['SA-11d', 'takes what is given back for answered', writing(({ dueAt }) => (dueAt === undefined ? {} : { answered: 1 }))],
  ['SA-12', 'turns events around', outbox(({ take }) => ({ take: async (...given) => (await take(...given)).toReversed() }))],
  ['SA-12', 'loses the events of a start', creating((saga, { events: _events, ...options }) => [saga, options])],
  ['SA-12', 'drops nothing', outbox(() => ({ drop: async () => undefined }))],
  ['SA-12b', 'lets all publish', takesAllForOne],
  ['SA-12b', 'lets who is gone keep events', outbox(({ take }) => ({ take: (worker, _leaseMs, max) => take(worker, 1e12, max) }))],
  ['SA-12c', 'lets all publish', takesAllForOne],
  ['SA-12d', 'loses events of many', losesOverlapping],
  ['SA-12e', 'lets all publish', takesAllForOne],
  ['SA-13', 'executes nothing', writing(() => ({ statements: [] }))],
  ['SA-13', 'executes statements apart', executesApart],
  ['SA-13', 'counts no rows', withoutExpectations],
  ['SA-13b', 'counts no rows', withoutExpectations],
  ['SA-14', 'forgets nothing', desk(() => ({ forget: async () => 0 }))],
  ['SA-14', 'forgets what is young', desk(({ forget }) => ({ forget: (_before, max) => forget(1e15, max) }))],
  ['SA-14', 'forgets too many', desk(({ forget }) => ({ forget: (before) => forget(before, 100) }))],
  ['SA-15', 'gives events new ids', numbersEvents],
  ['SA-16', 'repeats the first page', desk(({ list }) => ({ list: ({ after: _after, ...query }) => list(query) }))],
  ['SA-16', 'filters nothing', desk(({ list }) => ({ list: ({ tenant: _tenant, ...query }) => list(query) }))],
  [
    'SA-16',
    'turns pages around',
    desk(({ list }) => ({
      async list(query) {
        const page = await list(query);
        return { ...page, items: page.items.toReversed() };
      },
    })),
  ],
  ['SA-16', 'counts nothing', desk(({ stats }) => ({ stats: async () => ({ ...(await stats()), counts: [] }) }))],
  ['SA-16c', 'takes any place for the beginning', desk(({ list }) => ({ list: ({ after: _after, ...query }) => list(query) }))],
  ['SA-16c', 'takes any place for the end', desk(() => ({ list: async () => ({ items: [] }) }))],
  ['SA-16b', 'measures nothing', desk(({ stats }) => ({ stats: async () => ({ ...(await stats()), oldestDueMs: 0 }) }))],
  ['SA-18', 'names none', desk(() => ({ ended: async () => [] }))],
  ['SA-18', 'names all', desk(() => ({ ended: async (ids) => ids }))],
  ['SA-17', 'keeps nothing', outbox(() => ({ take: async () => [] }))],
];

/** The law on sabotaged stores of one database: one that is in memory can do everything, and many can use it. */
async function verdict(id: string, sabotage: Sabotage): Promise<'kept' | 'broken'> {
  const law = sagaStoreLaws.find((each) => each.id === id);
  const runtime = testRuntime();
  await using database = sqliteDatabase({ path: ':memory:' });
  await database.start();
  const open = async (): Promise<SagaStore> => {
    const store = sqliteStore({ database });
    await store.open(runtime);
    return { ...store, ...sabotage(store) };
  };
  const running = law?.run({
    store: await open(),
    leaseMs: 15_000,
    pass: (ms) => runtime.clock.advance(ms),
    another: open,
    tx: {
      prepare: () => database.migrate('test', ['CREATE TABLE rooms (id TEXT PRIMARY KEY)']),
      statement: (room, rows) => ({
        sql: 'INSERT INTO rooms VALUES (?)',
        values: [room],
        ...(rows !== undefined && { expectedRows: rows }),
      }),
      refused: () => ({ sql: 'INSERT INTO nowhere VALUES (1)', values: [] }),
      ids: async () => (await database.read('SELECT id FROM rooms')).map((row) => String(row['id'])),
    },
  });
  return await Promise.resolve(running).then(
    () => 'kept' as const,
    () => 'broken' as const,
  );
}

describe('the laws of saga stores', () => {
  it.each(sagaStoreLaws.map(({ id }) => id))('%s is kept by an honest store', async (id) => {
    expect(await verdict(id, () => ({}))).toBe('kept');
  });

  it.each(sabotages)('%s catches a store that %s', async (id, _what, sabotage) => {
    expect(await verdict(id, sabotage)).toBe('broken');
  });

  it('are each shown to notice', () => {
    const shown = new Set(sabotages.map(([id]) => id));
    expect(sagaStoreLaws.map(({ id }) => id).filter((id) => !shown.has(id))).toEqual([]);
  });

  it('are numbered without a gap', () => {
    const numbers = sagaStoreLaws.map(({ id }) => Number.parseInt(id.slice(3), 10));
    expect([...new Set(numbers)]).toEqual(Array.from({ length: 18 }, (_, index) => index + 1));
  });
});
