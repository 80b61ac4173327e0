import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileConfigStore } from '../../src/adapters/files.ts';
import { eventually } from '../../src/testing/index.ts';
import { type Child, startChild } from '../sqlite/child.ts';
import { count } from './hammer.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tutti-config-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('four processes that count in one key of a folder', () => {
  it('lose no update, and a watch sees rising revisions down to the last', async () => {
    const { value, revision, wanted, seen } = await count(`files ${folder}`, 'careful');
    expect([value, revision]).toEqual([wanted, wanted]);
    expect(seen).toEqual([...new Set(seen)].toSorted((a, b) => a - b));
  });

  it('lose updates when they put what they had at whatever the revision is (control)', async () => {
    const { value, revision, wanted } = await count(`files ${folder}`, 'careless');
    expect(revision).toBe(wanted);
    expect(value).toBeLessThan(wanted);
  });
});

describe('processes that are killed while they count', () => {
  it('leave every revision whole, and none out', async () => {
    const store = fileConfigStore({ folder, maxHistory: 1_000 });
    for (let round = 0; round < 5; round++) {
      const before = (await store.get('counter'))?.revision ?? 0;
      const children: readonly Child[] = Array.from({ length: 2 }, () =>
        startChild('../keyed/counter.ts', [`files ${folder}`, 'careful', 100_000]),
      );
      await Promise.all(children.map((child) => child.said(1)));
      for (const child of children) child.say('go');
      await eventually('they count', async () => ((await store.get('counter'))?.revision ?? 0) > before + 5);
      await Promise.all(children.map((child) => child.kill()));
    }
    const { revision = 0, value } = (await store.get('counter')) ?? {};
    expect(value).toBe(revision);
    // the processes keep five in their history, and so no more than a hundred files beside
    const history = await store.history('counter', Math.min(revision, 100));
    expect(history.map((entry) => entry.value)).toEqual(history.map((entry) => entry.revision));
    expect(history.map((entry) => entry.revision)).toEqual(history.map((_entry, index) => revision - index));
    expect((await store.put('counter', 0, revision, 'after')).revision).toBe(revision + 1);
  });
});
