import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkLaws, testRuntime } from '@tutti/core/testing';
import { describe, expect, it } from 'vitest';
import type { SagaStore } from '../store/saga-store.ts';
import { type SagaStoreSubject, sagaStoreLaws } from '../testing/index.ts';
import { memoryStore } from './memory.ts';
import { sqliteStore } from './sqlite.ts';

async function opened(
  runtime: ReturnType<typeof testRuntime>,
  store: SagaStore,
  clear?: () => void,
): Promise<SagaStoreSubject & { dispose(): Promise<void> }> {
  await store.open();
  return {
    store,
    clock: runtime.clock,
    async dispose() {
      await store.close();
      clear?.();
    },
  };
}

describe('the memory store', () => {
  checkLaws(it, sagaStoreLaws, () => {
    const runtime = testRuntime();
    return opened(runtime, memoryStore({ runtime }));
  });
});

describe('the SQLite store in memory', () => {
  checkLaws(it, sagaStoreLaws, () => {
    const runtime = testRuntime();
    return opened(runtime, sqliteStore({ path: ':memory:', runtime }));
  });
});

describe('the SQLite store in a file', () => {
  checkLaws(it, sagaStoreLaws, () => {
    const runtime = testRuntime();
    const folder = mkdtempSync(join(tmpdir(), 'tutti-saga-'));
    return opened(runtime, sqliteStore({ path: join(folder, 'sagas.db'), runtime }), () => rmSync(folder, { recursive: true }));
  });

  it('wants either a database or a path', () => {
    expect(() => sqliteStore({} as never)).toThrowError(/sqliteStore\.path is missing/);
    expect(() => sqliteStore({ path: 'x', pth: 'y' } as never)).toThrowError(/sqliteStore\.pth is not an option/);
  });
});
