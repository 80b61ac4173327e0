import { mkdtempSync, rmSync } from 'node:fs';
import { link, mkdir, readdir, readFile, rename, rm, unlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keyFolder } from '../../src/adapters/files/key-folder.ts';
import { RevisionFiles } from '../../src/adapters/files/revision-files.ts';
import { type FileConfigStoreOptions, fileConfigStore, fileConfigStoreDefaults } from '../../src/adapters/files.ts';
import { type ConfigStore, defaultRuntime, type Runtime, silentLogger } from '../../src/index.ts';
import { checkLaws, configStoreLaws, eventually } from '../../src/testing/index.ts';

let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'tutti-config-')), 'configuration');
});
afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

const quiet: Runtime = { ...defaultRuntime, logger: silentLogger };
const opened = (options: Partial<FileConfigStoreOptions> = {}): ConfigStore =>
  fileConfigStore({ folder, lookEvery: '30ms', runtime: quiet, ...options });

/** Makes a revision as an operator does: under another name, and moved there when it is whole. */
async function writeByHand(key: string, revision: number, content: string): Promise<string> {
  const path = join(folder, keyFolder(key), `${revision}.json`);
  await mkdir(join(folder, keyFolder(key)), { recursive: true });
  await writeFile(`${path}.mine`, content);
  await rename(`${path}.mine`, path);
  return path;
}

describe('the config store in files', () => {
  checkLaws(it, configStoreLaws, () => {
    const make = (): ConfigStore => opened({ maxHistory: 5, maxValueBytes: 1_000 });
    return { store: make(), other: make() };
  });

  it('begins again where another process ended, with all that it kept', async () => {
    const first = await opened().put('mail', { paused: true }, 0, 'ada');
    const again = opened();
    expect(await again.get('mail')).toEqual(first);
    expect((await again.put('mail', { paused: false }, 1, 'ben')).revision).toBe(2);
  });

  it('writes files that can be read, and leaves no others', async () => {
    await opened().put('mail', { paused: true }, 0, 'ada');
    expect(await readdir(join(folder, 'mail'))).toEqual(['1.json']);
    expect(JSON.parse(await readFile(join(folder, 'mail', '1.json'), 'utf8'))).toEqual({
      key: 'mail',
      actor: 'ada',
      changedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      id: expect.any(String),
      after: '',
      value: { paused: true },
    });
  });

  it('takes away what a writer left that was killed long ago, and not what one is writing', async () => {
    const store = opened();
    await store.put('mail', 1, 0, 'ada');
    const [old, young] = [join(folder, 'mail', '.old.new'), join(folder, 'mail', '.young.new')];
    for (const path of [old, young]) await writeFile(path, 'half');
    await utimes(old, new Date(), new Date(Date.now() - 2 * 3_600_000));
    await store.put('mail', 2, 1, 'ada');
    expect((await readdir(join(folder, 'mail'))).toSorted()).toEqual(['.young.new', '1.json', '2.json']);
  });

  it('takes what an operator writes for the next revision', async () => {
    const store = opened();
    const heard: unknown[] = [];
    const off = store.watch('mail', ({ revision, value, actor }) => heard.push([revision, value, actor]));
    await store.put('mail', 1, 0, 'ada');
    await writeByHand('mail', 2, '{ "value": { "paused": true } }');
    await eventually('the second was heard', () => heard.length === 2);
    off();
    expect(heard).toEqual([
      [1, 1, 'ada'],
      [2, { paused: true }, 'somebody who wrote the file'],
    ]);
    await expect(store.put('mail', 3, 1, 'ada')).rejects.toMatchObject({ code: 'CONFIG_CONFLICT', details: { currentRevision: 2 } });
    expect((await store.put('mail', 3, 2, 'ada')).revision).toBe(3);
  });

  it.each([
    ['{ "value": ', ' must be JSON'],
    ['[1]', ' must be an object with a value'],
    ['{ "value": 1, "actor": 7 }', ': actor must be well-formed text of 1 to 256 characters, got 7'],
    ['{ "value": 1, "changedAt": "soon" }', ': changedAt must be a time of RFC 3339'],
  ])('does not pass over a revision that says %s: names it, and leaves watches the last good one', async (content, problem) => {
    const lines: string[] = [];
    const logger = { log: (_level: unknown, line: string) => void lines.push(line) };
    const store = opened({ runtime: { ...quiet, logger } as Runtime });
    const heard: number[] = [];
    await store.put('mail', 1, 0, 'ada');
    const off = store.watch('mail', ({ revision }) => heard.push(revision));
    await eventually('the first was heard', () => heard.length === 1);
    const path = await writeByHand('mail', 2, content);
    await eventually('a word in the log', () => lines.length > 0);
    for (const ask of [() => store.get('mail'), () => store.put('mail', 2, 1, 'ben')])
      await expect(ask()).rejects.toMatchObject({ code: 'INVALID_DATA', message: `${path}${problem}` });
    await unlink(path);
    expect((await store.put('mail', 2, 1, 'ben')).revision).toBe(2);
    await eventually('the second was heard', () => heard.length === 2);
    off();
    expect([heard, lines.length]).toEqual([[1, 2], 1]);
  });

  it('refuses what the system refuses, as a store that cannot be used now', async () => {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'mail'), 'a file where a folder should be');
    await expect(opened().put('mail', 1, 0, 'ada')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await rm(join(folder, 'mail'));
    expect((await opened().put('mail', 1, 0, 'ada')).revision).toBe(1);
  });

  it.each([
    [{}, 'fileConfigStore.folder is missing'],
    [{ folder: 'a', maxHistory: 0 }, 'fileConfigStore.maxHistory must be a whole number from 1 to 1000, got 0'],
    [{ folder: 'a', lookEvery: 5 }, 'fileConfigStore.lookEvery must be a duration'],
  ])('is not made of %j', (options, message) => {
    expect(() => fileConfigStore(options as unknown as FileConfigStoreOptions)).toThrowError(message);
  });

  it('has the defaults that its page says', () =>
    expect(fileConfigStoreDefaults).toEqual({ maxHistory: 100, maxValueBytes: 65_536, lookEvery: '1s' }));
});

describe('the files of a key', () => {
  const keep = 5;
  async function written(count: number): Promise<RevisionFiles> {
    const files = new RevisionFiles(folder, keep);
    for (let last = 0; last < count; last++)
      expect(await files.write(last, `id${last + 1}.`, `id${last + 1}. after id${last}.`)).toBe(true);
    return files;
  }

  it('are pruned from the oldest on', async () => {
    await written(120);
    const left = (await readdir(folder)).map((name) => Number.parseInt(name, 10)).toSorted((a, b) => a - b);
    expect([left.length, left[0], left.at(-1)]).toEqual([105, 16, 120]);
  });

  // of 120, those up to 15 are pruned
  it.each([0, 1, 5, 13, 14, 15, 100])('do not take a revision after %i once others have gone far beyond it', async (last) => {
    const files = await written(120);
    expect(await files.write(last, 'late', `late after id${last}.`)).toBe(false);
    expect((await files.read(last + 1))?.text.startsWith('late') ?? false).toBe(false);
  });

  it('would take it (control) if only the name had to be free', async () => {
    const files = await written(120);
    await writeFile(join(folder, '.late'), 'late');
    await link(join(folder, '.late'), files.pathOf(15));
    expect((await files.read(15))?.text).toBe('late');
  });

  it('take a revision that another one has already followed', async () => {
    const files = new RevisionFiles(folder, keep);
    const followed = files.write(0, 'mine', 'mine');
    // as fast as it can be: the next one is there as soon as this one is
    await eventually(
      'the first',
      async () => (await files.read(1))?.text === 'mine' && (await files.write(1, 'theirs', 'theirs after mine')),
      5_000,
      0,
    );
    expect(await followed).toBe(true);
  });
});

describe('the folder of a key', () => {
  it.each([
    ['mail', 'mail'],
    ['Mail', '%4dail'],
    ['..', '%2e%2e'],
    ['a/b', 'a%2fb'],
    ['ключ', '%d0%ba%d0%bb%d1%8e%d1%87'],
    ['%', '%25'],
  ])('of %s is %s', (key, name) => expect(keyFolder(key)).toBe(name));

  it('has a name that a file can have, however long the key is', () => {
    const names = ['x'.repeat(512), `${'x'.repeat(511)}y`, 'ü'.repeat(512)].map(keyFolder);
    expect(new Set(names).size).toBe(3);
    for (const name of names) expect(name.length).toBeLessThanOrEqual(200);
  });
});
