import assert from 'node:assert/strict';
import { TuttiError } from '../errors/tutti-error.ts';
import type { ConfigEntry, ConfigStore } from '../ports/config-store.ts';
import { eventually } from './eventually.ts';
import { type Law, withCode } from './laws.ts';

/** A store without entries, made with `maxHistory: 5` and `maxValueBytes: 1_000`. */
export interface ConfigStoreSubject {
  readonly store: ConfigStore;
  /** A second user of the same entries, in another process if it could be; where there can be none, the same. */
  readonly other: ConfigStore;
}

const oddKeys = [
  'a',
  'A',
  'a b',
  'a:b',
  '{a}',
  '{a}b',
  'a}',
  '__proto__',
  'constructor',
  'ключ',
  '\n',
  '%',
  `'; DROP TABLE`,
  'x'.repeat(512),
];

async function fill(store: ConfigStore, key: string, count: number): Promise<void> {
  for (let revision = 0; revision < count; revision++) await store.put(key, { of: revision + 1 }, revision, 'law');
}

/** Adds one by compare-and-set until it succeeds. */
async function addOne(store: ConfigStore, key: string): Promise<void> {
  for (;;) {
    const entry = await store.get(key);
    try {
      await store.put(key, ((entry?.value as number | undefined) ?? 0) + 1, entry?.revision ?? 0, 'adder');
      return;
    } catch (error) {
      if (!TuttiError.is(error, 'CONFIG_CONFLICT')) throw error;
    }
  }
}

/** What every `ConfigStore` promises. */
export const configStoreLaws: readonly Law<ConfigStoreSubject>[] = [
  {
    id: 'CF-1',
    title: 'gives back what was put, with its revision, who put it and when',
    async run({ store, other }) {
      assert.equal(await store.get('law'), undefined);
      const put = await store.put('law', { on: true }, 0, 'ada');
      assert.deepEqual({ ...put, changedAt: '' }, { key: 'law', value: { on: true }, revision: 1, actor: 'ada', changedAt: '' });
      assert.match(put.changedAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      assert.deepEqual(await store.get('law'), put);
      assert.deepEqual(await other.get('law'), put);
      assert.equal((await store.put('law', { on: false }, 1, 'ben')).revision, 2);
      assert.deepEqual((await store.get('law'))?.value, { on: false });
    },
  },
  {
    id: 'CF-2',
    title: 'writes nothing at another revision than expected, and says which one it is at',
    async run({ store }) {
      await fill(store, 'law', 2);
      for (const expected of [0, 1, 3, 1_000_000]) {
        const error = await store.put('law', 'lost', expected, 'law').catch((thrown) => thrown);
        assert.equal(error.code, 'CONFIG_CONFLICT');
        assert.deepEqual(error.details, { key: 'law', expectedRevision: expected, currentRevision: 2 });
      }
      const absent = await store.put('absent', 'lost', 1, 'law').catch((thrown) => thrown);
      assert.deepEqual(absent.details, { key: 'absent', expectedRevision: 1, currentRevision: 0 });
      assert.equal(await store.get('absent'), undefined);
      assert.deepEqual(
        (await store.history('law', 10)).map(({ value }) => value),
        [{ of: 2 }, { of: 1 }],
      );
    },
  },
  {
    id: 'CF-3',
    title: 'lets one of many win who put at the same revision at once',
    async run({ store, other }) {
      const settled = await Promise.allSettled(
        Array.from({ length: 20 }, (_, index) => (index % 2 ? store : other).put('law', index, 0, 'law')),
      );
      assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 1);
      assert.equal((await store.get('law'))?.revision, 1);
    },
  },
  {
    id: 'CF-4',
    title: 'loses no update of writers who read, put at the revision they read, and begin again after a conflict',
    async run({ store, other }) {
      await Promise.all(Array.from({ length: 8 }, (_, index) => addOne(index % 2 ? store : other, 'law')));
      const counted = await store.get('law');
      assert.deepEqual([counted?.value, counted?.revision], [8, 8]);
    },
  },
  {
    id: 'CF-5',
    title: 'keeps the latest entries of a key, newest first, and gives no more than asked for',
    async run({ store }) {
      assert.deepEqual(await store.history('law', 3), []);
      await fill(store, 'law', 8);
      await store.put('beside', 'law', 0, 'law');
      const revisions = async (limit: number): Promise<readonly number[]> =>
        (await store.history('law', limit)).map(({ revision }) => revision);
      assert.deepEqual(await revisions(1_000), [8, 7, 6, 5, 4]);
      assert.deepEqual(await revisions(2), [8, 7]);
    },
  },
  {
    id: 'CF-6',
    title: 'rolls back by writing an earlier value as a new revision',
    async run({ store }) {
      await fill(store, 'law', 6);
      const back = await store.rollback('law', 3, 'ada');
      assert.deepEqual({ ...back, changedAt: '' }, { key: 'law', value: { of: 3 }, revision: 7, actor: 'ada', changedAt: '' });
      assert.deepEqual(await store.get('law'), back);
      assert.deepEqual((await store.history('law', 2))[1]?.value, { of: 6 });
      for (const [key, revision] of [
        ['law', 2],
        ['law', 8],
        ['absent', 1],
      ] as const) {
        const error = await store.rollback(key, revision, 'ada').catch((thrown) => thrown);
        assert.equal(error.code, 'INVALID_ARGUMENT');
        assert.equal(error.details.path, 'toRevision');
      }
      assert.equal((await store.get('law'))?.revision, 7);
    },
  },
  {
    id: 'CF-7',
    title: 'tells a watch the current entry and then later ones, rising, down to the latest',
    async run({ store, other }) {
      await fill(store, 'law', 2);
      const heard: ConfigEntry[] = [];
      const off = store.watch('law', (entry) => heard.push(entry));
      assert.equal(heard.length, 0);
      await eventually('the current entry was heard', () => heard.length === 1);
      assert.deepEqual(heard[0], await store.get('law'));
      for (let revision = 2; revision < 20; revision++) await other.put('law', { of: revision + 1 }, revision, 'law');
      await other.rollback('law', 19, 'law');
      await eventually('the latest entry was heard', () => heard.at(-1)?.revision === 21);
      for (const [index, { revision }] of heard.entries()) assert.ok(index === 0 || revision > (heard[index - 1]?.revision ?? 0));
      assert.deepEqual(heard.at(-1), await store.get('law'));
      off();
    },
  },
  {
    id: 'CF-8',
    title: 'tells a watch nothing before there is an entry, nothing of other keys, and nothing once it is off',
    async run({ store, other }) {
      const heard: number[] = [];
      const still: number[] = [];
      const off = store.watch('law', ({ revision }) => heard.push(revision));
      const stillOff = store.watch('law', ({ revision }) => still.push(revision));
      await other.put('beside', 1, 0, 'law');
      await other.put('law', 1, 0, 'law');
      await eventually('the first entry was heard', () => heard.length > 0);
      off();
      await other.put('law', 2, 1, 'law');
      await eventually('the second entry was heard by the other', () => still.at(-1) === 2);
      stillOff();
      assert.deepEqual([heard, still], [[1], [1, 2]]);
    },
  },
  {
    id: 'CF-9',
    title: 'lets no listener that fails stop another, or itself the next time',
    async run({ store, other }) {
      const heard: number[] = [];
      const offs = [
        store.watch('law', ({ revision }) => {
          heard.push(-revision);
          throw new Error('a listener');
        }),
        store.watch('law', async () => Promise.reject(new Error('an async listener'))),
        store.watch('law', ({ revision }) => heard.push(revision)),
      ];
      await other.put('law', 1, 0, 'law');
      await eventually('both heard the first', () => heard.length === 2);
      await other.put('law', 2, 1, 'law');
      await eventually('both heard the second', () => heard.length === 4);
      for (const off of offs) off();
      assert.deepEqual(heard, [-1, 1, -2, 2]);
    },
  },
  {
    id: 'CF-10',
    title: 'keeps any JSON exactly, frozen, and apart from what the writer still holds',
    async run({ store }) {
      const proto = JSON.parse('{"__proto__": {"x": 1}}') as unknown;
      const values: readonly unknown[] = [
        null,
        true,
        0,
        -1.5e-7,
        2 ** 53,
        '',
        'ü\u0000🪣\n"',
        [],
        {},
        [[], {}, [null]],
        { a: { b: [1, { c: 'd' }] } },
        proto,
      ];
      for (const [revision, value] of values.entries()) {
        await store.put('law', value, revision, 'ünï "actor"\n');
        const { value: kept, actor } = (await store.get('law')) as ConfigEntry;
        assert.deepEqual(kept, value);
        assert.equal(JSON.stringify(kept), JSON.stringify(value));
        assert.equal(actor, 'ünï "actor"\n');
      }
      const mine = { list: [{ deep: 1 }] };
      await store.put('mine', mine, 0, 'law');
      (mine.list[0] as { deep: number }).deep = 2;
      const entry = (await store.get('mine')) as ConfigEntry;
      assert.deepEqual(entry.value, { list: [{ deep: 1 }] });
      const { list } = entry.value as typeof mine;
      assert.ok([entry, entry.value, list, list[0]].every(Object.isFrozen));
    },
  },
  {
    id: 'CF-11',
    title: 'refuses what JSON cannot say and what is too large, naming the place, and writes nothing',
    async run({ store }) {
      const cycle: unknown[] = [];
      cycle.push(cycle);
      const wrong: readonly (readonly [value: unknown, path: string])[] = [
        [undefined, 'value'],
        [{ a: [1, undefined] }, 'value.a[1]'],
        [{ a: { b: Number.NaN } }, 'value.a.b'],
        [Number.POSITIVE_INFINITY, 'value'],
        [1n, 'value'],
        [new Date(0), 'value'],
        [new Map(), 'value'],
        [new Uint8Array(2), 'value'],
        [{ f: () => 1 }, 'value.f'],
        [{ toJSON: () => 1 }, 'value'],
        ['x'.repeat(999), 'value'],
        ['ü'.repeat(500), 'value'],
      ];
      for (const [value, path] of wrong) {
        const error = await store.put('law', value, 0, 'law').catch((thrown) => thrown);
        assert.deepEqual([error.code, error.details?.path], ['INVALID_ARGUMENT', path]);
      }
      await assert.rejects(store.put('law', cycle, 0, 'law'), withCode('INVALID_ARGUMENT'));
      assert.equal(await store.get('law'), undefined);
      assert.equal((await store.put('law', 'x'.repeat(998), 0, 'law')).revision, 1);
    },
  },
  {
    id: 'CF-12',
    title: 'keeps keys apart, whatever they are made of',
    async run({ store, other }) {
      for (const key of oddKeys) assert.equal((await store.put(key, key, 0, 'law')).revision, 1, key);
      const heard = new Set<unknown>();
      const offs = oddKeys.map((key) => store.watch(key, ({ value }) => heard.add(value)));
      for (const key of oddKeys) assert.equal((await other.get(key))?.value, key);
      await eventually('each was heard', () => heard.size === oddKeys.length);
      for (const off of offs) off();
    },
  },
  {
    id: 'CF-13',
    title: 'refuses keys, actors, revisions and limits that cannot be, naming them',
    async run({ store }) {
      const wrong: readonly (readonly [path: string, asked: () => Promise<unknown>])[] = [
        ['key', () => store.get('')],
        ['key', () => store.get('x'.repeat(513))],
        ['key', () => store.put('half a \ud83e', 1, 0, 'law')],
        ['expectedRevision', () => store.put('law', 1, -1, 'law')],
        ['expectedRevision', () => store.put('law', 1, undefined as unknown as number, 'law')],
        ['expectedRevision', () => store.put('law', 1, 0.5, 'law')],
        ['actor', () => store.put('law', 1, 0, '')],
        ['actor', () => store.rollback('law', 1, 'x'.repeat(257))],
        ['toRevision', () => store.rollback('law', 0, 'law')],
        ['limit', () => store.history('law', 0)],
        ['limit', () => store.history('law', 1_001)],
      ];
      for (const [path, asked] of wrong) {
        const error = (await asked().catch((thrown: unknown) => thrown)) as TuttiError<string, { path: string }>;
        assert.deepEqual([error.code, error.details?.path], ['INVALID_ARGUMENT', path]);
      }
      assert.throws(() => store.watch('', () => {}), withCode('INVALID_ARGUMENT'));
    },
  },
];
