import type { TestRuntime } from '@tutti/core/testing';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { JournalEntry } from '../src/store/journal-entry.ts';
import type { SagaStatus, SagaSummary } from '../src/store/saga-record.ts';
import type { SagaStore } from '../src/store/saga-store.ts';

/** What a command does to a store. Whatever it needs to know comes with it, so that both stores are asked the same. */
type Command = (store: SagaStore, seen: Seen) => Promise<unknown>;

interface Seen {
  readonly now: number;
  /** Counts the commands. */
  readonly turn: number;
  readonly found: readonly SagaSummary[];
  readonly lengths: ReadonlyMap<string, number>;
}

const everyStatus: SagaStatus[] = ['queued', 'running', 'compensating', 'completed', 'compensated', 'compensation_failed', 'stuck'];
const id = fc.constantFrom('a', 'b', 'c', 'd');
const worker = fc.constantFrom('w1', 'w2');
const leaseMs = fc.constantFrom(200, 5_000);
const soon = fc.constantFrom(-500, 0, 300, 2_000);
const fingerprint = fc.constantFrom('f1', 'f1', 'f1', 'f2');
const status = fc.constantFrom<SagaStatus>(
  'running',
  'running',
  'running',
  'compensating',
  'completed',
  'compensated',
  'stuck',
  'compensation_failed',
);
const what = fc.constantFrom<JournalEntry['what']>('intent', 'done', 'compensating', 'asked');
/** Says what it is when a run fails. */
const named = <T>(name: string, given: fc.Arbitrary<T>, run: (given: T) => Command): fc.Arbitrary<Command> =>
  given.map((values) => Object.assign(run(values), { [fc.toStringMethod]: () => `${name} ${JSON.stringify(values)}` }));
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { freq: 1, nil: undefined });

const note = (seq: number, kind: JournalEntry['what'], turn: number): JournalEntry => ({
  seq,
  at: turn,
  worker: 'w',
  fence: 1,
  what: kind,
});
const eventsOf = (count: number, turn: number) =>
  Array.from({ length: count }, (_, index) => ({ id: `${turn}/${index}`, body: String(turn) }));

const create = named(
  'create',
  fc.record({
    id,
    fingerprint,
    key: fc.constantFrom('k1', 'k1', 'k1', 'k2', undefined, undefined),
    hold: maybe(fc.record({ worker, leaseMs })),
    wait: maybe(soon),
    refuse: fc.constantFrom(false, false, false, true),
    events: fc.nat(2),
  }),
  (given) =>
    (store, { now, turn }) => {
      const said = { id: given.id, saga: 's', fingerprint: given.fingerprint, input: String(turn), call: {}, createdAt: turn };
      return store.create(
        { ...said, entries: [note(1, 'started', turn)], ...(given.key !== undefined && { lockKey: given.key }) },
        {
          ...(given.hold && { hold: given.hold }),
          ...(given.wait !== undefined && { queuedUntil: now + given.wait }),
          whenLocked: given.refuse ? 'refuse' : 'queue',
          events: eventsOf(given.events, turn),
        },
      );
    },
);
const claim = named(
  'claim',
  fc.record({ worker, leaseMs, max: fc.nat(3), both: fc.boolean() }),
  ({ both, ...request }) =>
    (store) =>
      store.claim({ ...request, known: [...(both ? ['f2'] : []), 'f1'].map((each) => ({ saga: 's', fingerprint: each })) }),
);
const checkpoint = named(
  'checkpoint',
  fc.record({
    which: fc.nat(4),
    zombie: fc.option(worker, { freq: 1, nil: undefined }).map((one) => (one === 'w1' ? one : undefined)),
    status,
    kinds: fc.array(what, { maxLength: 3 }),
    back: fc.nat(2),
    due: maybe(soon),
    answered: fc.nat(1),
    events: fc.nat(2),
  }),
  (given) =>
    (store, { now, turn, found, lengths }) => {
      const { id: which, fence, owner = 'w1' } = found[given.which % Math.max(1, found.length)] ?? { id: 'a', fence: 1 };
      const first = Math.max(1, (lengths.get(which) ?? 0) + 1 - given.back);
      return store.checkpoint({
        ...{ id: which, fence, name: 'outcome', worker: given.zombie ?? owner, status: given.status, answered: given.answered },
        entries: given.kinds.map((kind, index) => note(first + index, kind, turn)),
        events: eventsOf(given.events, turn),
        ...(given.due !== undefined && { dueAt: now + given.due }),
      });
    },
);
const renew = named(
  'renew',
  fc.record({ worker, leaseMs: fc.constantFrom(0, 400) }),
  (given) =>
    (store, { found }) =>
      store.renew(given.worker, found, given.leaseMs),
);
const ask = named(
  'ask',
  fc.record({ id, from: fc.subarray(everyStatus), to: maybe(fc.constantFrom('running' as const, 'compensating' as const)) }),
  (given) =>
    (store, { turn }) =>
      store.desk.ask(given.id, { verb: 'retry', actor: 'ada', reason: 'r', at: turn }, given.from, given.to),
);
const take = named(
  'take',
  fc.record({ worker, leaseMs, max: fc.integer({ min: 1, max: 3 }), drop: fc.boolean() }),
  (given) => async (store) => {
    const events = await store.outbox.take(given.worker, given.leaseMs, given.max);
    const ids = given.drop ? events.map((event) => event.id) : [];
    await store.outbox.drop(given.worker, ids);
    return events;
  },
);
const forget = named(
  'forget',
  soon,
  (ago) =>
    (store, { now }) =>
      store.desk.forget(now + ago, 100),
);
const command = fc.oneof(
  { weight: 5, arbitrary: create },
  { weight: 5, arbitrary: claim },
  { weight: 8, arbitrary: checkpoint },
  { weight: 2, arbitrary: renew },
  { weight: 3, arbitrary: ask },
  { weight: 2, arbitrary: take },
  { weight: 1, arbitrary: forget },
);

/** Errors of stores are compared by their code. */
const outcomeOf = (doing: Promise<unknown>): Promise<unknown> => doing.catch((error: { readonly code?: string }) => error.code ?? error);

async function everything(store: SagaStore): Promise<unknown> {
  const ids = ['a', 'b', 'c', 'd'];
  const { counts, ...stats } = await store.desk.stats();
  return {
    records: await Promise.all(ids.map((each) => store.desk.load(each))),
    list: await store.desk.list({ limit: 10 }),
    looks: await Promise.all(
      ['w1', 'w2'].map((each) => store.claim({ worker: each, leaseMs: 1, max: 0, known: [{ saga: 's', fingerprint: 'f1' }] })),
    ),
    stats: { ...stats, counts: counts.toSorted((a, b) => a.status.localeCompare(b.status)) },
  };
}

/** Lists of commands, each with the time that goes by after it. */
export const commandLists: fc.Arbitrary<readonly (readonly [Command, number])[]> = fc.array(
  fc.tuple(command, fc.constantFrom(0, 1, 100, 400)),
  { minLength: 1, maxLength: 60 },
);

export interface Compared {
  readonly model: SagaStore;
  readonly store: SagaStore;
  readonly runtime: TestRuntime;
  /** Lets time go by for both. */
  advance(ms: number): Promise<void>;
  /** Whether the store may take for written before what the model refuses; that nothing changed is looked at in any case. */
  readonly knowsRepeated?: boolean;
}

/** Asks both stores the same, and compares what they say and what they keep. */
export async function agree(commands: readonly (readonly [Command, number])[], compared: Compared): Promise<void> {
  const { model, store, runtime, advance, knowsRepeated = false } = compared;
  for (const [turn, [run, pauseMs]] of commands.entries()) {
    const { items } = await model.desk.list({ limit: 10 });
    const records = await Promise.all(items.map((item) => model.desk.load(item.id)));
    const lengths = new Map(records.map((record) => [String(record?.id), record?.entries.length ?? 0]));
    const seen: Seen = { now: runtime.clock.epoch(), turn, found: items, lengths };
    const [found, wanted] = [await outcomeOf(run(store, seen)), await outcomeOf(run(model, seen))];
    if (!(knowsRepeated && found === undefined && wanted === 'SAGA_FENCED')) expect(found).toEqual(wanted);
    expect(await everything(store)).toEqual(await everything(model));
    await advance(pauseMs);
  }
}
