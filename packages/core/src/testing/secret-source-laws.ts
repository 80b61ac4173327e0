import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { Secret } from '../ports/secret.ts';
import type { SecretSource } from '../ports/secret-source.ts';
import { type Law, withCode } from './laws.ts';

/** A source that runs and has no secrets yet. */
export interface SecretSubject {
  readonly source: SecretSource;
  /** Puts a text where the source finds it. */
  put(name: string, text: string): Promise<void>;
  remove(name: string): Promise<void>;
  /** Lets as much time pass as watchers need to hear of a change. */
  settle(): Promise<void>;
  /** How often the place behind the source was asked; 0 where nobody counts. */
  questions(): number;
}

export interface SecretCapabilities extends Readonly<Record<string, boolean>> {
  /** A secret can change while the source runs. */
  readonly changes: boolean;
  /** `questions` counts. */
  readonly counted: boolean;
}

/** The names that the laws use, for sources that must know them beforehand. */
export const secretLawNames = ['smtp-password', 'billing/card.processor'] as const;

const [plain, nested] = secretLawNames;

/** What every `SecretSource` promises. */
export const secretSourceLaws: readonly Law<SecretSubject, SecretCapabilities>[] = [
  {
    id: 'SE-1',
    title: 'gives each secret exactly as it was put',
    async run({ source, put }) {
      const texts = { [plain]: ' två ord\nand a second line, "quoted" ', [nested]: '{"username":"app","password":"p€"}' };
      for (const [name, text] of Object.entries(texts)) await put(name, text);
      for (const [name, text] of Object.entries(texts)) assert.equal((await source.get(name))?.reveal(), text);
      assert.equal((await source.get(nested))?.reveal('password'), 'p€');
    },
  },
  {
    id: 'SE-2',
    title: 'gives undefined where there is no such secret',
    async run({ source, put }) {
      assert.equal(await source.get(plain), undefined);
      await put(plain, 'there');
      assert.equal((await source.get(plain))?.reveal(), 'there');
      assert.equal(await source.get(nested), undefined);
    },
  },
  {
    id: 'SE-3',
    title: 'refuses what is no name, without showing it',
    async run({ source }) {
      const wrong = [
        '',
        '.',
        '..',
        '../up',
        'a/../b',
        '/etc/passwd',
        'a//b',
        'a/',
        '.hidden',
        'a/.hidden',
        'a b',
        'a\0b',
        'a\\b',
        'a%2fb',
        'x'.repeat(201),
      ];
      for (const name of wrong) {
        await assert.rejects(source.get(name), withCode('INVALID_ARGUMENT'), `took ${JSON.stringify(name)}`);
        assert.throws(() => source.watch(name, () => {}), withCode('INVALID_ARGUMENT'));
      }
      const canary = 'hunter2 correct horse';
      await assert.rejects(source.get(canary), (error: Error) => !inspect(error).includes(canary));
    },
  },
  {
    id: 'SE-4',
    title: 'tells a watcher what there is, and never within the call',
    async run({ source, put, settle }) {
      await put(plain, 'first');
      const heard: (string | undefined)[] = [];
      const end = source.watch(plain, (secret) => heard.push(secret?.reveal()));
      const endOther = source.watch(nested, (secret) => heard.push(secret?.reveal()));
      assert.deepEqual(heard, []);
      await settle();
      assert.deepEqual(new Set(heard), new Set(['first', undefined]));
      assert.equal(heard.length, 2);
      end();
      endOther();
    },
  },
  {
    id: 'SE-5',
    title: 'tells a watcher nothing after it has ended, not even what was under way',
    async run({ source, put, settle }) {
      await put(plain, 'first');
      const end = source.watch(plain, () => assert.fail('it was told'));
      end();
      end();
      await settle();
    },
  },
  {
    id: 'SE-6',
    title: 'asks once for any number of callers at the same time',
    requires: 'counted',
    async run({ source, put, questions }) {
      await put(plain, 'one');
      const before = questions();
      const all = await Promise.all(Array.from({ length: 50 }, () => source.get(plain)));
      assert.deepEqual(new Set(all.map((secret) => secret?.reveal())), new Set(['one']));
      assert.equal(questions() - before, 1);
    },
  },
  {
    id: 'SE-7',
    title: 'gives values that do not show themselves',
    async run({ source, put }) {
      const canary = 'canary-4711';
      await put(plain, canary);
      const secret = await source.get(plain);
      assert.ok(secret);
      for (const shown of [
        inspect({ secret }, { showHidden: true, depth: 9 }),
        JSON.stringify({ secret }),
        String(secret),
        `${secret}`,
        String(new Error(`${secret}`)),
      ]) {
        assert.ok(!shown.includes(canary), shown);
      }
      assert.ok(secret.equals(Secret.of(canary)));
    },
  },
  {
    id: 'SE-8',
    title: 'tells a watcher every change and the end of a secret, and nothing twice',
    requires: 'changes',
    async run({ source, put, remove, settle }) {
      const heard: (string | undefined)[] = [];
      await put(plain, 'first');
      const end = source.watch(plain, (secret) => heard.push(secret?.reveal()));
      await settle();
      await settle();
      await put(plain, 'second');
      await settle();
      await put(plain, 'second');
      await settle();
      await remove(plain);
      await settle();
      assert.equal(await source.get(plain), undefined);
      await put(plain, 'third');
      await settle();
      assert.equal((await source.get(plain))?.reveal(), 'third');
      assert.deepEqual(heard, ['first', 'second', undefined, 'third']);
      end();
    },
  },
];
