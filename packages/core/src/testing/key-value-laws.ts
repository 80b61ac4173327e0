import assert from 'node:assert/strict';
import type { KeyValue } from '../ports/key-value.ts';
import { type Law, withCode } from './laws.ts';

/** Two users of one empty store. */
export interface KeyValueSubject {
  readonly store: KeyValue;
  readonly other: KeyValue;
  /** Lets time pass: virtual, or real for a store that has a clock of its own. */
  pass(ms: number): Promise<void>;
}

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const long = 60_000;

/** Texts that a store could mix up with one another, or with its own. */
const strange = [
  'a',
  'A',
  'a ',
  ' a',
  '{a}',
  '}{',
  'a:b',
  'a::b',
  '%',
  '_',
  '*',
  '\u00e4',
  'a\u0308',
  '🦒',
  '__proto__',
  "it's",
  'x'.repeat(1_024),
];

/** What every key-value store promises. */
export const keyValueLaws: readonly Law<KeyValueSubject>[] = [
  {
    id: 'KV-1',
    title: 'gives back the bytes that were set last, to every user, and nothing where nothing was set',
    async run({ store, other }) {
      assert.equal(await store.get('k'), undefined);
      const every = Uint8Array.from({ length: 256 }, (_, index) => index);
      await store.set('k', every, long);
      assert.deepEqual(await other.get('k'), every);
      await other.set('k', bytes(), long);
      assert.deepEqual(await store.get('k'), bytes());
    },
  },
  {
    id: 'KV-2',
    title: 'keeps its own copy: what is done to the bytes before or after changes nothing',
    async run({ store }) {
      const mine = bytes(1, 2);
      const setting = store.set('k', mine, long);
      mine.fill(9);
      await setting;
      const read = await store.get('k');
      assert.deepEqual(read, bytes(1, 2));
      read?.fill(8);
      assert.deepEqual(await store.get('k'), bytes(1, 2));
    },
  },
  {
    id: 'KV-3',
    title: 'shows nothing whose time is over, and counts the time from the last set',
    async run({ store, other, pass }) {
      await store.set('k', bytes(1), 200);
      await pass(120);
      assert.deepEqual(await other.get('k'), bytes(1));
      await store.set('k', bytes(2), 200);
      await pass(120);
      assert.deepEqual(await other.get('k'), bytes(2));
      await pass(120);
      assert.equal(await other.get('k'), undefined);
    },
  },
  {
    id: 'KV-4',
    title: 'lets one of any number set what is absent, and the next when that has expired or was deleted',
    async run({ store, other, pass }) {
      const attempts = Array.from({ length: 20 }, (_, index) => (index % 2 ? store : other).setIfAbsent('k', bytes(index), 150));
      const outcomes = await Promise.all(attempts);
      assert.equal(outcomes.filter(Boolean).length, 1);
      assert.deepEqual(await store.get('k'), bytes(outcomes.indexOf(true)));
      await pass(200);
      assert.equal(await store.setIfAbsent('k', bytes(99), long), true);
      await other.delete('k');
      assert.equal(await other.setIfAbsent('k', bytes(100), long), true);
      assert.deepEqual(await store.get('k'), bytes(100));
    },
  },
  {
    id: 'KV-5',
    title: 'deletes, and does not mind deleting nothing',
    async run({ store, other }) {
      await store.delete('k');
      await store.set('k', bytes(1), long);
      await other.delete('k');
      assert.equal(await store.get('k'), undefined);
    },
  },
  {
    id: 'KV-6',
    title: 'tells all keys apart, whatever they are made of',
    async run({ store }) {
      for (const [index, key] of strange.entries()) await store.set(key, bytes(index), long);
      for (const [index, key] of strange.entries()) assert.deepEqual(await store.get(key), bytes(index), key);
    },
  },
  {
    id: 'KV-7',
    title: 'refuses a key, a value or a time that it could not keep, and stores nothing',
    async run({ store }) {
      const refused: readonly (readonly [string, unknown, unknown])[] = [
        ['', bytes(1), long],
        ['x'.repeat(1_025), bytes(1), long],
        ['\uD800', bytes(1), long],
        ['k', 'text', long],
        ['k', bytes(1), 0],
        ['k', bytes(1), Number.NaN],
        ['k', bytes(1), Number.POSITIVE_INFINITY],
      ];
      for (const [key, value, ttlMs] of refused) {
        await assert.rejects(async () => store.set(key, value as Uint8Array, ttlMs as number), withCode('INVALID_ARGUMENT'));
        await assert.rejects(async () => store.setIfAbsent(key, value as Uint8Array, ttlMs as number), withCode('INVALID_ARGUMENT'));
      }
      assert.equal(await store.get('k'), undefined);
    },
  },
];
